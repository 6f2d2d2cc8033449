internal import HTTP2
internal import NIOCore

/// One connection of ours to a server that speaks HTTP/2; used on its loop only.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class ClientLink: ChannelInboundHandler, Pumped {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A call that is open.
  private struct Call {
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
  @exclusivity(unchecked) private var calls: [Int32: Call] = [:]
  @exclusivity(unchecked) private var unsettled: [any AnswerSink] = []
  @exclusivity(unchecked) private var context: ChannelHandlerContext?
  @exclusivity(unchecked) private var buffer: ByteBuffer
  @exclusivity(unchecked) private var isReading = false
  @exclusivity(unchecked) private var writes: UInt64 = 0
  @exclusivity(unchecked) private var lastEvent = NIODeadline.now()
  @exclusivity(unchecked) private var asked: NIODeadline?
  private var clock: RepeatedTask?
  /// Told once when the connection is gone.
  var closed: (() -> Void)?

  init(limits: Limits, turn: Turn, allocator: ByteBufferAllocator) {
    session = ClientSession(limits: limits)
    self.turn = turn
    buffer = allocator.buffer(capacity: 16 << 10)
  }

  /// Whether a new call can go out here.
  var takesCalls: Bool { context != nil && session.takesRequests && !session.isExhausted }

  /// The number of open calls.
  var openCalls: Int { calls.count }

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
    let left = calls.values
    calls = [:]
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
    while let event = session.nextEvent() {
      hasSome = true
      handle(event)
    }
    guard hasSome else { return }
    lastEvent = .now()
    asked = nil
  }

  private func handle(_ event: SessionEvent) {
    switch event {
    case .head(let stream, let head, let endOfStream):
      guard let sink = calls[stream]?.sink else { return }
      if endOfStream { calls[stream] = nil } else { unsettled.append(sink) }
      sink.answered(head, isWhole: endOfStream)
    case .data(let stream, let bytes):
      if let sink = calls[stream]?.sink {
        sink.received(bytes)
      } else {
        session.consume(stream, bytes.count)
      }
    case .end(let stream), .trailers(let stream, _):
      calls.removeValue(forKey: stream)?.sink.ended()
    case .closed(let stream, let code):
      let failure = code == .refusedStream ? LinkFailure.refused : .reset(code)
      calls.removeValue(forKey: stream)?.sink.broke(failure)
    case .headersTooLarge(let stream):
      calls.removeValue(forKey: stream)?.sink.broke(.reset(.enhanceYourCalm))
    case .writable(let stream):
      calls[stream]?.sink.drained()
    case .settings, .settingsAcknowledged, .pingAcknowledged, .goAway, .message, .tooLarge:
      break
    }
  }

  private func settle() {
    guard !unsettled.isEmpty else { return }
    for sink in unsettled { sink.settle() }
    unsettled.removeAll(keepingCapacity: unsettled.count <= 256)
  }

  // Calling

  /// Makes a call with a whole body; nil if the link takes no more calls.
  func call(_ head: HeaderList, body: [UInt8], sink: any AnswerSink) -> Int32? {
    guard context != nil else { return nil }
    return keep(session.request(head, body: body, answer: .streamed), sink)
  }

  /// Makes a call whose body follows with `write` and `finish`.
  func call(_ head: HeaderList, sink: any AnswerSink) -> Int32? {
    guard context != nil else { return nil }
    return keep(session.request(head, answer: .streamed), sink)
  }

  private func keep(_ stream: Int32?, _ sink: any AnswerSink) -> Int32? {
    guard let stream else { return nil }
    calls[stream] = Call(sink: sink, submitted: writes)
    touch()
    return stream
  }

  /// Adds to a request's body; false if the writer should wait for `drained`.
  func write(_ stream: Int32, _ bytes: [UInt8]) -> Bool {
    touch()
    return session.write(stream, bytes)
  }

  /// Ends a request's body.
  func finish(_ stream: Int32) {
    session.finish(stream)
    touch()
  }

  /// Gives back a part of an answer that was used.
  func consume(_ stream: Int32, _ count: Int) {
    guard count > 0 else { return }
    session.consume(stream, count)
    touch()
  }

  /// Breaks a call off; its sink hears nothing more.
  func cancel(_ stream: Int32) {
    guard calls.removeValue(forKey: stream) != nil else { return }
    session.reset(stream, .cancel)
    touch()
  }

  /// Takes no new calls and closes when those that are open are over.
  func goAway() {
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
          buffer.writeBytes(piece)
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
