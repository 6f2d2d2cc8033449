internal import HTTP2
internal import NIOCore

/// One connection of ours to a server that speaks HTTP/2; used on its loop only.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class ClientLink: ChannelInboundHandler, Pumped, Carrier {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A call that is open.
  private struct Call {
    var stream: Int32
    var sink: any AnswerSink
    /// How many times the link had written when the call was submitted.
    var submitted: UInt64
  }

  private static let pieceSize = 64 << 10
  /// How long a connection may be silent before it is asked for a sign of life.
  private static let silence = TimeAmount.seconds(20)
  /// How long the sign may take.
  private static let patience = TimeAmount.seconds(10)

  @exclusivity(unchecked) var isScheduled = false

  private let turn: Turn
  @exclusivity(unchecked) private var session: ClientSession
  /// The open calls by the slots of their streams.
  @exclusivity(unchecked) private var calls: [Call?] = []
  /// The number of open calls.
  @exclusivity(unchecked) private(set) var openCalls = 0
  @exclusivity(unchecked) private var unsettled: [any AnswerSink] = []
  @exclusivity(unchecked) private var context: ChannelHandlerContext?
  @exclusivity(unchecked) private var buffer: ByteBuffer
  @exclusivity(unchecked) private var isReading = false
  /// How many times something was handed to the socket.
  @exclusivity(unchecked) private(set) var writes: UInt64 = 0
  @exclusivity(unchecked) private var lastEvent = NIODeadline.now()
  @exclusivity(unchecked) private var asked: NIODeadline?
  private var clock: RepeatedTask?
  /// The stream that carries short calls.
  private(set) lazy var trunk = TrunkClient(over: self, turn: turn)
  /// Told once when the connection is gone.
  var closed: (() -> Void)?

  init(limits: Limits, turn: Turn, allocator: ByteBufferAllocator) {
    session = ClientSession(limits: limits)
    self.turn = turn
    buffer = allocator.buffer(capacity: 16 << 10)
  }

  /// Whether a new call can go out here.
  var takesCalls: Bool { context != nil && session.takesRequests && !session.isExhausted }

  // The channel

  func handlerAdded(context: ChannelHandlerContext) {
    // Whoever made the connection may hear of it before the channel says that it is active.
    self.context = context
    // Behind a handshake the channel has been active for a while.
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard clock == nil else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    clock = context.eventLoop.scheduleRepeatedTask(
      initialDelay: .seconds(5),
      delay: .seconds(5)
    ) { _ in bound.value.tick() }
    touch()
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    leave()
  }

  private func leave() {
    guard context != nil else { return }
    context = nil
    clock?.cancel()
    let left = calls.compactMap(\.self)
    calls = []
    openCalls = 0
    unsettled = []
    closed?()
    closed = nil
    for call in left { call.sink.broke(call.submitted == writes ? .notSent : .lost) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    let bytes = unwrapInboundIn(data)
    do {
      try bytes.withUnsafeReadableBytes { bytes throws(SessionError) in
        try session.receive(bytes)
      }
    } catch {
      takeEvents()
      isReading = false
      pump()
      context.close(promise: nil)
      return
    }
    takeEvents()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    settle()
    isScheduled = false
    pump()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { turn.schedule(self) }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  // Events

  private func takeEvents() {
    var hasSome = false
    while let happening = session.nextHappening() {
      hasSome = true
      handle(happening)
    }
    guard hasSome else { return }
    lastEvent = .now()
    asked = nil
  }

  private func handle(_ happening: Happening) {
    switch happening {
    case .head(let key, let head, let endOfStream):
      guard let sink = endOfStream ? remove(key) : sink(of: key) else { return }
      if !endOfStream { unsettled.append(sink) }
      sink.answered(head, isWhole: endOfStream)
    case .data(let key, let bytes, let isEnd):
      if let sink = sink(of: key) {
        sink.received(bytes)
        if isEnd { remove(key)?.ended() }
      } else {
        session.consume(key.id, bytes.count)
      }
    case .end(let key):
      remove(key)?.ended()
    case .closed(let key, let code):
      remove(key)?.broke(code == .refusedStream ? .refused : .reset(code))
    case .writable(let key):
      sink(of: key)?.drained()
    case .other:
      if let event = session.takeOther() { handle(event) }
    }
  }

  private func handle(_ event: SessionEvent) {
    switch event {
    case .headersTooLarge(let stream):
      for case let call? in calls where call.stream == stream {
        remove(StreamKey(id: stream, slot: slot(of: stream)))?.broke(.reset(.enhanceYourCalm))
      }
    case .goAway:
      // The server closes when no call is open, so the trunk must not stay.
      trunk.retire()
    default:
      break
    }
  }

  private func slot(of stream: Int32) -> Int {
    calls.firstIndex { $0?.stream == stream } ?? calls.count
  }

  private func sink(of key: StreamKey) -> (any AnswerSink)? {
    guard key.slot < calls.count, let call = calls[key.slot], call.stream == key.id else {
      return nil
    }
    return call.sink
  }

  @discardableResult
  private func remove(_ key: StreamKey) -> (any AnswerSink)? {
    guard let sink = sink(of: key) else { return nil }
    calls[key.slot] = nil
    openCalls -= 1
    return sink
  }

  private func settle() {
    guard !unsettled.isEmpty else { return }
    for sink in unsettled { sink.settle() }
    unsettled.removeAll(keepingCapacity: unsettled.count <= 256)
  }

  // Calling

  /// Makes a call.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - body: What there is of the body.
  ///   - isWhole: Whether that is all; else `write` and `finish` follow.
  ///   - sink: Who hears the answer.
  /// - Returns: The stream; nil if the link takes no more calls.
  func call(
    _ head: OutgoingHead,
    body: [UInt8],
    isWhole: Bool,
    sink: any AnswerSink
  ) -> StreamKey? {
    guard context != nil, let key = session.request(head, body: body, isWhole: isWhole) else {
      return nil
    }
    while calls.count <= key.slot { calls.append(nil) }
    calls[key.slot] = Call(stream: key.id, sink: sink, submitted: writes)
    openCalls += 1
    touch()
    return key
  }

  /// Adds to a request's body; false if the writer should wait for `drained`.
  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool {
    touch()
    return session.write(key.id, bytes)
  }

  /// Ends a request's body.
  func finish(_ key: StreamKey) {
    session.finish(key.id)
    touch()
  }

  /// Gives back a part of an answer that was used.
  func consume(_ key: StreamKey, _ count: Int) {
    guard count > 0 else { return }
    session.consume(key.id, count)
    touch()
  }

  /// Breaks a call off; its sink hears nothing more.
  func cancel(_ key: StreamKey) {
    guard remove(key) != nil else { return }
    session.reset(key.id, .cancel)
    touch()
  }

  /// Takes no new calls and closes when those that are open are over.
  func goAway() {
    trunk.retire()
    session.goAway()
    touch()
  }

  /// Closes at once.
  func close() {
    context?.close(promise: nil)
  }

  private func touch() {
    if !isReading { turn.schedule(self) }
  }

  func pump() {
    guard let context, !isReading, context.channel.isActive else { return }
    while context.channel.isWritable {
      buffer.clear()
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
      guard buffer.readableBytes > 0 else { break }
      writes += 1
      context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
      guard self.context != nil else { return }
    }
    settle()
    guard !session.wantsRead, !session.wantsWrite else { return }
    context.lingeringClose(wrapOutboundOut(ByteBuffer()))
  }

  private func tick() {
    let now = NIODeadline.now()
    if let asked {
      if now - asked > Self.patience { close() }
    } else if now - lastEvent > Self.silence {
      asked = now
      session.ping(writes)
      touch()
    }
  }
}
