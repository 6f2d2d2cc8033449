internal import HTTP2
internal import NIOCore
internal import NIOHTTP1
internal import Service
internal import Synchronization

/// A caller's HTTP/1.1 connection.
///
/// NIO's pipelining assistance in front of it hands over one request at a time.
final class H1ServerHandler: ChannelDuplexHandler, Front, Kept {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Of how many bytes it is known whether the socket has taken them.
  private static let slice = 16_384

  let home: Home
  /// There are none over HTTP/1.1.
  var trunk: TrunkServer? {
    get { nil }
    set { preconditionFailure("No trunk is accepted where requests are not kept.") }
  }
  let serial = ConnectionNumber.next()
  let peer: String
  let source: String
  let certified: String?
  let keepsRequests = false

  private var context: ChannelHandlerContext?
  private var exchange: Exchange?
  /// The number of the latest request, in the place of a stream identifier.
  private var number: Int32 = 0
  private var isHeadRequest = false
  private var keepsAlive = true
  private var hasRequestEnded = true
  private var hasAnswerBegun = false
  private var hasAnswerEnded = true
  private var version = HTTPVersion.http1_1
  /// Whether nothing behind the request would be read, so that it must not be taken in either.
  private var endsReading = false
  /// Bytes of the request's body that were handed over and not given back.
  private var unconsumed = 0
  private var isReadWanted = false
  /// Bytes of answers that were written and have not reached the socket; an answer's end counts as
  /// one, which in chunks it may be.
  private var unwritten = 0
  /// How many of them the server's account knows of.
  private var accounted = 0
  private var isHeldBack = false
  /// How many bytes have reached the socket.
  private var taken = 0
  /// How fast they do, while some wait; nil while none does.
  private var taking: Taking?
  private let opened = NIODeadline.now()
  /// Whether the end of an answer waits until the socket takes more, and with it the next request.
  private var isEndHeld = false
  private var isUnsettled = false
  private var isClosing = false
  private var lastEvent = NIODeadline.now()
  /// When the turn began in which requests are being taken; nil outside of one.
  private var turnBegan: NIODeadline?
  private let retirement: NIODeadline?
  private var hasServed = false

  init(home: Home, peer: String, certified: String?) {
    self.home = home
    self.peer = peer
    source = SourceNetwork.of(peer)
    self.certified = certified
    retirement = home.limits.retirement(from: .now())
  }

  /// Whether the connection ends with the answer that is under way.
  private var isLast: Bool { home.isWinding || retirement.map { $0 <= .now() } == true }

  // The channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    home.keep(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    leave()
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  private func leave() {
    guard context != nil else { return }
    context = nil
    home.drop(self)
    home.account.give(accounted, for: source)
    accounted = 0
    let left = exchange
    exchange = nil
    left?.cancel()
  }

  func read(context: ChannelHandlerContext) {
    // What no parser reads would pile up in front of it.
    if isClosing, endsReading { return }
    if unconsumed < home.limits.connection.streamWindow {
      context.read()
    } else {
      isReadWanted = true
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    home.now = .now()
    lastEvent = home.now
    if turnBegan == nil { turnBegan = home.now }
    switch unwrapInboundIn(data) {
    case .head(let head):
      take(head, context: context)
    case .body(let bytes):
      guard let exchange else { return }
      unconsumed += bytes.readableBytes
      bytes.withUnsafeReadableBytes { exchange.receive($0) }
    case .end:
      hasRequestEnded = true
      exchange?.end()
      concludeIfOver()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    turnBegan = nil
    if isUnsettled {
      isUnsettled = false
      exchange?.settle()
    }
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isEndHeld, context.channel.isWritable { endAnswer(context) }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The last answer is on its way, and nothing behind its request is answered.
    guard !isClosing else { return }
    if isEndHeld {
      turnBegan = nil
      endAnswer(context)
      if isClosing { return }
    }
    guard error is HTTPParserError, hasAnswerEnded || !hasAnswerBegun, context.channel.isActive
    else {
      context.close(promise: nil)
      return
    }
    let left = exchange
    exchange = nil
    left?.cancel()
    var fields = HTTPHeaders([("content-length", "0"), ("connection", "close")])
    if let date = home.date { fields.add(name: "date", value: date.text) }
    let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    hasAnswerEnded = true
    isClosing = true
    context.lingeringClose(wrapOutboundOut(.end(nil)))
  }

  private func take(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    number &+= 1
    hasServed = true
    // Its end follows in the same turn.
    let isBare =
      !head.headers.contains(name: "content-length")
      && !head.headers.contains(name: "transfer-encoding")
    hasRequestEnded = isBare
    hasAnswerBegun = false
    hasAnswerEnded = false
    unconsumed = 0
    isHeadRequest = head.method == .HEAD
    version = head.version
    endsReading = head.endsReading
    keepsAlive = head.isKeepAlive && !head.asksForEnd && !endsReading && !isLast
    let list = HeaderList(head)
    let exchange = Exchange(StreamKey(id: number, slot: 0), list, front: self)
    self.exchange = exchange
    guard head.isHostValid, head.isFramedOnce else {
      // Others on the way may read what follows as another request.
      keepsAlive = false
      exchange.refuse(Answer(status: 400))
      return
    }
    guard list.size <= home.limits.connection.headerList else {
      exchange.refuse(StandardAnswers.headersTooLarge)
      return
    }
    exchange.start(isWhole: isBare)
    isUnsettled = true
    // An older caller knows no interim answers (RFC 9110, 10.1.1).
    let isWaiting = version != .http1_0 && !hasAnswerBegun
    if isWaiting, head.headers[canonicalForm: "expect"].first == "100-continue" {
      let interim = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }
  }

  // Sending

  func respond(_ key: StreamKey, _ head: HeaderList, body: [UInt8]) {
    guard key.id == number, let context else { return }
    hasAnswerBegun = true
    context.write(wrapOutboundOut(.head(responseHead(head))), promise: nil)
    if !body.isEmpty, !isHeadRequest { put(body, context) }
    endAnswer(context)
  }

  func begin(_ key: StreamKey, _ head: HeaderList) {
    guard key.id == number, let context else { return }
    hasAnswerBegun = true
    context.writeAndFlush(wrapOutboundOut(.head(responseHead(head))), promise: nil)
  }

  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool {
    guard key.id == number, let context, !isHeadRequest else { return true }
    put(bytes, context)
    context.flush()
    if unwritten >= home.limits.connection.streamBuffer { isHeldBack = true }
    return !isHeldBack
  }

  /// Writes a body in slices, so that it is known how much of it the socket has taken.
  private func put(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    unwritten += bytes.count
    exchange?.gauge?.waiting.store(unwritten, ordering: .relaxed)
    let whole = context.channel.allocator.buffer(bytes: bytes)
    var start = 0
    while start < bytes.count {
      let count = min(Self.slice, bytes.count - start)
      guard let buffer = whole.getSlice(at: whole.readerIndex + start, length: count) else {
        preconditionFailure("A slice lies within its buffer.")
      }
      start += count
      context.write(wrapOutboundOut(.body(.byteBuffer(buffer))))
        .assumeIsolated()
        .whenComplete { _ in self.wrote(count) }
    }
  }

  private func wrote(_ count: Int) {
    unwritten -= count
    taken += count
    if unwritten == 0 { lastEvent = .now() }
    exchange?.gauge?.waiting.store(unwritten, ordering: .relaxed)
    exchange?.gaugeMoved()
    concludeIfOver(lingering: true)
    guard isHeldBack, unwritten < home.limits.connection.streamBuffer / 2 else { return }
    isHeldBack = false
    exchange?.drained()
  }

  /// Accounts for the answers that wait; false if the source holds too much.
  private func holdsItsShare() -> Bool {
    if unwritten > accounted {
      guard home.account.count(unwritten - accounted, for: source) else { return false }
      accounted = unwritten
    } else if unwritten < accounted {
      home.account.give(accounted - unwritten, for: source)
      accounted = unwritten
    }
    return true
  }

  /// Whether answers have waited for a whole window and were hardly taken.
  private func isStalled(_ now: NIODeadline) -> Bool {
    guard unwritten > 0 else {
      taking = nil
      return false
    }
    let age = now - opened
    var taking = taking ?? Taking(handed: taken, by: context?.channel, at: age)
    taking.look(handed: taken, at: context?.channel)
    let window = TimeAmount(home.limits.answerTimeout)
    let isStalled = taking.isBelow(home.limits.bodyRate, over: window, age: age)
    self.taking = taking
    return isStalled
  }

  func finish(_ key: StreamKey) {
    guard key.id == number, let context else { return }
    endAnswer(context)
  }

  func reset(_ key: StreamKey, _ code: ErrorCode) {
    // A broken answer can be told from a whole one only by the end of the connection.
    guard key.id == number else { return }
    context?.close(promise: nil)
  }

  func consume(_ key: StreamKey, _ count: Int) {
    guard key.id == number else { return }
    unconsumed -= min(count, unconsumed)
    guard isReadWanted, unconsumed < home.limits.connection.streamWindow / 2 else { return }
    isReadWanted = false
    context?.read()
  }

  func forget(_ key: StreamKey) {
    guard key.id == number else { return }
    exchange = nil
  }

  private func responseHead(_ head: HeaderList) -> HTTPResponseHead {
    var fields = HTTPHeaders()
    for (name, value) in head.pairs where !name.hasPrefix(":") {
      fields.add(name: name, value: value)
    }
    if let date = home.date { fields.add(name: "date", value: date.text) }
    // An answer before the whole request: what follows of it is not read.
    if !hasRequestEnded { keepsAlive = false }
    if home.isWinding { keepsAlive = false }
    let status = head.status ?? 500
    // Chunks tell the end neither to an older caller nor to one who takes the head alone.
    let endsByClose =
      (isHeadRequest || version == .http1_0) && HeaderList.mayHaveBody(status)
      && !fields.contains(name: "content-length")
    if endsByClose { keepsAlive = false }
    if !keepsAlive { fields.replaceOrAdd(name: "connection", value: "close") }
    return HTTPResponseHead(
      version: endsByClose ? .http1_0 : .http1_1,
      status: HTTPResponseStatus(statusCode: status),
      headers: fields
    )
  }

  /// Ends an answer, once the socket has taken most of it and while the connection has its turn.
  ///
  /// So a caller who asks again and again and takes nothing does not pile up answers, and one who
  /// asks very often at once does not keep the loop's other connections waiting. The next request
  /// is not looked at before.
  private func endAnswer(_ context: ChannelHandlerContext) {
    let isTurnOver = turnBegan.map { home.isOver(turnFrom: $0) } == true
    isEndHeld = isTurnOver || !context.channel.isWritable
    guard !isEndHeld else {
      context.flush()
      if isTurnOver { home.resume { self.goOn() } }
      return
    }
    hasAnswerEnded = true
    let end = wrapOutboundOut(.end(nil))
    if keepsAlive, hasRequestEnded, !home.isWinding {
      unwritten += 1
      context.writeAndFlush(end).assumeIsolated().whenComplete { _ in self.wrote(1) }
    } else {
      isClosing = true
      isReadWanted = false
      unconsumed = 0
      context.lingeringClose(end)
      read(context: context)
    }
  }

  private func goOn() {
    guard let context, isEndHeld, context.channel.isWritable else { return }
    turnBegan = .now()
    endAnswer(context)
    turnBegan = nil
  }

  /// Closes a connection that winds up, once the last answer has left.
  ///
  /// - Parameter lingering: Whether an answer has just left, which a reset could destroy.
  private func concludeIfOver(lingering: Bool = false) {
    guard exchange == nil, hasAnswerEnded, unwritten == 0, home.isWinding, !isClosing else {
      return
    }
    isClosing = true
    if lingering { context?.lingeringClose() } else { context?.close(promise: nil) }
  }

  // Time

  var isCongested: Bool { context?.channel.isWritable == false }

  var idleSince: NIODeadline? { exchange == nil && unwritten == 0 ? lastEvent : nil }

  func tick() {
    let now = NIODeadline.now()
    exchange?.tick(now, home.limits)
    guard holdsItsShare(), !isStalled(now) else { return cut() }
    guard exchange == nil, unwritten == 0 else { return }
    let limit = hasServed ? home.limits.idleTimeout : home.limits.headerTimeout
    let age = now - lastEvent
    if age > TimeAmount(limit) || isLast && age > .seconds(1) { cut() }
  }

  func wind() {
    exchange?.wind()
    // A request that waits behind another is answered with `connection: close`.
    concludeIfOver()
  }

  func cut() {
    context?.close(promise: nil)
  }
}
