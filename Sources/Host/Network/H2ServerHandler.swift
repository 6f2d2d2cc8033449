internal import HTTP2
internal import NIOCore
internal import Service
internal import Synchronization

/// A caller's HTTP/2 connection.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class H2ServerHandler: ChannelDuplexHandler, Front, Pumped, Kept {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How many bytes are handed to the socket in one piece, at least.
  private static let pieceSize = 64 << 10
  /// The payload of the PING whose answer says that the notice to shut down has arrived.
  private static let noticePing: UInt64 = 0x6F6E_6544_6F6F_7221

  let home: Home
  let serial = ConnectionNumber.next()
  let peer: String
  let source: String
  let certified: String?
  let keepsRequests = true
  var trunk: TrunkServer?
  @exclusivity(unchecked) var isScheduled = false

  @exclusivity(unchecked) var session: ServerSession
  /// The exchanges by the slots of their streams.
  @exclusivity(unchecked) var exchanges: [Exchange?] = []
  /// Calls that may be answered without an exchange.
  private let prompts = PromptCalls()
  /// The last head that was recognised, by its number, and what is known of it.
  @exclusivity(unchecked) private var latest: (number: UInt64, entry: KnownHeads.Entry)?
  @exclusivity(unchecked) private var rendered = RenderedHead()
  /// Exchanges that got their head in this turn of the loop and not yet their end.
  @exclusivity(unchecked) private var unsettled: [Exchange] = []
  /// Streams whose answers are written piece by piece by holders of a reply.
  @exclusivity(unchecked) private var gauged: [StreamKey: ReplyGauge] = [:]

  @exclusivity(unchecked) private var context: ChannelHandlerContext?
  @exclusivity(unchecked) private var buffer: ByteBuffer
  @exclusivity(unchecked) private var isReading = false
  /// Whether the connection's turn was over before all was done that had come.
  @exclusivity(unchecked) private var isHeld = false
  @exclusivity(unchecked) private var isResuming = false
  /// Whether more was to be read meanwhile.
  private var owesRead = false
  @exclusivity(unchecked) private var isClosing = false
  var isWinding = false

  let opened = NIODeadline.now()
  let retirement: NIODeadline?
  /// Whether the connection takes its leave with the end of the next last answer.
  @exclusivity(unchecked) var isOld = false
  @exclusivity(unchecked) var lastEvent = NIODeadline.now()
  var hasSettings = false
  var hasAcknowledgement = false
  /// Since when the peer owes a sign of life; nil if it does not.
  var asked: NIODeadline?
  /// How fast answers are taken while some wait for room; nil while none does.
  var taking: Taking?
  var lastTick = NIODeadline.now()
  /// How many bytes of waiting answers the server's account knows of.
  var accounted = 0

  init(home: Home, peer: String, certified: String?, allocator: ByteBufferAllocator) {
    self.home = home
    self.peer = peer
    source = SourceNetwork.of(peer)
    self.certified = certified
    session = ServerSession(limits: home.limits.connection, date: home.date)
    buffer = allocator.buffer(capacity: 16 << 10)
    retirement = home.limits.retirement(from: opened)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    home.keep(self)
    home.schedule(self)
    if home.isWinding { wind() }
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
    let left = exchanges.compactMap(\.self)
    exchanges = []
    unsettled = []
    prompts.clear()
    gauged = [:]
    for exchange in left { exchange.cancel() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    isReading = true
    home.now = .now()
    let bytes = unwrapInboundIn(data)
    do {
      try bytes.withUnsafeReadableBytes { bytes throws(SessionError) in
        try session.receive(bytes)
      }
    } catch {
      takeEvents()
      fail()
      return
    }
    takeEvents()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    endTurn()
    context.fireChannelReadComplete()
  }

  private func endTurn() {
    isReading = false
    settle()
    isScheduled = false
    pump()
    home.pumpIfFull()
    guard isHeld, !isResuming else { return }
    isResuming = true
    home.resume { self.goOn() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { home.schedule(self) }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  // Events

  private func takeEvents() {
    // What waited when the peer broke the rules is not begun: nobody would hear the answers.
    guard !isHeld, !isClosing else { return }
    var count = 0
    while let happening = session.nextHappening() {
      count += 1
      handle(happening)
      guard isReading, count.isMultiple(of: 4), home.isOver(turnFrom: home.now) else { continue }
      isHeld = true
      break
    }
    guard count > 0 else { return }
    lastEvent = home.now
    asked = nil
  }

  /// Goes on where the turn was over; nothing more was read meanwhile, so a peer that sends very
  /// many calls at once waits for them instead of letting everybody wait.
  private func goOn() {
    isHeld = false
    isResuming = false
    guard let context else { return }
    if !isClosing {
      isReading = true
      home.now = .now()
      takeEvents()
      endTurn()
    }
    // Also while the connection lingers: what is not read would make the system reset it.
    guard owesRead, !isHeld else { return }
    owesRead = false
    context.read()
  }

  func read(context: ChannelHandlerContext) {
    if isHeld { owesRead = true } else { context.read() }
  }

  private func handle(_ happening: Happening) {
    switch happening {
    case .head(let key, let head, let endOfStream):
      begin(key, head, isWhole: endOfStream)
    case .data(let key, let bytes, let isEnd):
      if prompts.has(key) {
        receive(bytes, isEnd: isEnd, ofPromptCall: key)
      } else if let exchange = exchange(key) {
        exchange.receive(bytes)
        if isEnd { exchange.end() }
      } else {
        session.consume(key.id, bytes.count)
      }
    case .end(let key):
      if prompts.has(key) { endPromptCall(key) } else { exchange(key)?.end() }
    case .closed(let key, _):
      prompts.drop(key)
      gauged[key] = nil
      let exchange = exchange(key)
      forget(key)
      exchange?.cancel()
    case .writable(let key):
      exchange(key)?.drained()
    case .other:
      if let event = session.takeOther() { handle(event) }
    }
  }

  private func handle(_ event: SessionEvent) {
    switch event {
    case .headersTooLarge(let stream):
      let answer = StandardAnswers.headersTooLarge
      session.respond(stream, HeaderList(answer), body: answer.body)
    case .settings:
      hasSettings = true
    case .settingsAcknowledged:
      hasAcknowledgement = true
    case .pingAcknowledged(let payload):
      if payload == Self.noticePing { session.goAway() }
    case .goAway:
      isWinding = true
    case .head, .data, .end, .trailers, .closed, .writable, .message, .tooLarge:
      break
    }
  }

  private func begin(_ key: StreamKey, _ head: Head, isWhole: Bool) {
    let entry = entry(of: head)
    // Each call is let in once, whichever way it goes on.
    var isAdmitted: Bool?
    if let entry, isPrompt(key, head, entry, isWhole: isWhole, &isAdmitted) { return }
    let exchange = Exchange(key, head, front: self)
    keep(exchange)
    if !exchange.start(head, entry, isAdmitted, isWhole: isWhole) { latest = nil }
    if !isWhole { unsettled.append(exchange) }
  }

  private func keep(_ exchange: Exchange) {
    while exchanges.count <= exchange.key.slot { exchanges.append(nil) }
    exchanges[exchange.key.slot] = exchange
  }

  private func entry(of head: Head) -> KnownHeads.Entry? {
    if let latest, latest.number == head.number { return latest.entry }
    let entry =
      home.heads.entry(of: head, from: self)
      ?? (home.door == nil ? home.heads.learn(head, from: self) : nil)
    latest = entry.map { (head.number, $0) }
    return entry
  }

  /// Answers a call at once, or as soon as its body is there; false if that cannot be.
  private func isPrompt(
    _ key: StreamKey,
    _ head: Head,
    _ entry: KnownHeads.Entry,
    isWhole: Bool,
    _ isAdmitted: inout Bool?
  ) -> Bool {
    switch entry.lead {
    case .known where head.length <= PromptCalls.longest:
      prompts.begin(key, entry, head.trace)
      if isWhole { endPromptCall(key) }
      return true
    case .way(let way) where isWhole && way.cached != nil:
      isAdmitted = way.admitsAnother
      guard isAdmitted == true, let answer = way.cachedAnswer() else { return false }
      respond(key, answer.head, body: answer.body)
      return true
    case .known, .way, .nothing:
      return false
    }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer, isEnd: Bool, ofPromptCall key: StreamKey) {
    let isLong = prompts.add(bytes, to: key)
    if isLong { promote(key) }
    if isEnd, isLong { exchange(key)?.end() } else if isEnd { endPromptCall(key) }
  }

  private func endPromptCall(_ key: StreamKey) {
    switch prompts.answer(to: key) {
    case .shared(let head, let body)?:
      session.consume(key.id, prompts.drop(key))
      if let template = rendered.template(of: head) {
        respond(key, OutgoingHead(template, length: body.count), body: body)
      } else {
        respond(key, HeaderList(PromptAnswer.shared(head, body: body).answer), body: body)
      }
    case .own(let answer)?:
      session.consume(key.id, prompts.drop(key))
      respond(key, HeaderList(answer), body: answer.body)
    case nil:
      latest = nil
      promote(key)
      exchange(key)?.end()
    }
  }

  /// Makes an exchange of a call whose body, or answer, does not come at once.
  private func promote(_ key: StreamKey) {
    guard let (head, body) = prompts.take(key) else { return }
    let exchange = Exchange(key, head, front: self)
    keep(exchange)
    exchange.start(isWhole: false)
    if !body.isEmpty { body.withUnsafeBytes { exchange.receive($0) } }
  }

  private func exchange(_ key: StreamKey) -> Exchange? {
    guard key.slot < exchanges.count, let exchange = exchanges[key.slot], exchange.key == key else {
      return nil
    }
    return exchange
  }

  private func settle() {
    for key in prompts.unfinished() { promote(key) }
    guard !unsettled.isEmpty else { return }
    for exchange in unsettled { exchange.settle() }
    unsettled.removeAll(keepingCapacity: unsettled.count <= 256)
  }

  private func touch() {
    if !isReading { home.schedule(self) }
  }

  func respond(_ key: StreamKey, _ head: HeaderList, body: [UInt8]) {
    session.respond(key.id, head, body: body)
    touch()
  }

  func respond(_ key: StreamKey, _ head: OutgoingHead, body: [UInt8]) {
    session.respond(key.id, head, body: body)
    touch()
  }

  func begin(_ key: StreamKey, _ head: HeaderList) {
    session.respond(key.id, head)
    if let gauge = exchange(key)?.gauge { gauged[key] = gauge }
    touch()
  }

  func begin(_ key: StreamKey, _ head: OutgoingHead) {
    session.respond(key.id, head)
    if let gauge = exchange(key)?.gauge { gauged[key] = gauge }
    touch()
  }

  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool {
    touch()
    return session.write(key.id, bytes)
  }

  func finish(_ key: StreamKey) {
    session.finish(key.id)
    touch()
  }

  func reset(_ key: StreamKey, _ code: ErrorCode) {
    session.reset(key.id, code)
    touch()
  }

  func consume(_ key: StreamKey, _ count: Int) {
    session.consume(key.id, count)
    touch()
  }

  func forget(_ key: StreamKey) {
    if exchange(key) != nil { exchanges[key.slot] = nil }
  }

  func pump() {
    guard let context, !isReading else { return }
    buffer.clear()
    while context.channel.isWritable {
      do {
        try session.send { piece in
          buffer.append(piece)
          return buffer.readableBytes < Self.pieceSize
        }
      } catch {
        context.close(promise: nil)
        return
      }
      takeEvents()
      // Some clients give their open calls up when they hear of the end; so it is told in one piece
      // with the end of an answer after which none is open.
      if isOld, !isWinding, isIdle {
        retire()
        continue
      }
      guard buffer.readableBytes > 0 else { break }
      context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
      buffer.clear()
      guard self.context != nil else { return }
    }
    readGauges()
    if !session.wantsRead, !session.wantsWrite { closeWhenWritten() }
  }

  /// The connection; nil once it is gone.
  var channel: (any Channel)? { context?.channel }

  var isCongested: Bool { channel?.isWritable == false }

  private func readGauges() {
    for (key, gauge) in gauged {
      let waiting = session.buffered(key.id)
      gauge.waiting.store(waiting, ordering: .relaxed)
      if let exchange = exchange(key) {
        exchange.gaugeMoved()
      } else if waiting == 0 {
        gauged[key] = nil
      }
    }
  }

  private func fail() {
    isReading = false
    pump()
    closeWhenWritten()
  }

  private func closeWhenWritten() {
    guard let context, !isClosing else { return }
    isClosing = true
    context.lingeringClose(wrapOutboundOut(ByteBuffer()))
  }

  func wind() {
    for exchange in exchanges.compactMap(\.self) { exchange.wind() }
    retire()
  }

  /// Takes no new request after a notice; streams that are open go on to their end.
  func retire() {
    guard !isWinding else { return }
    isWinding = true
    session.shutdownNotice()
    session.ping(Self.noticePing)
    home.schedule(self)
  }

  func cut() {
    context?.close(promise: nil)
  }
}
