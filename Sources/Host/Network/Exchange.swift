internal import HTTP2
internal import NIOCore
internal import Service
internal import Synchronization

/// One request and its answer at the side of the caller; used on its event loop only.
///
/// The hot properties here and in what lives beside it on the loop go without the runtime's check
/// for overlapping accesses. What protects them: one thread uses them, and each access is over
/// before anything is called that could come back.
final class Exchange {
  /// What happens to the request's body.
  private enum Intake {
    /// It waits for a decision, and is not given back, so that the window is its bound.
    ///
    /// The door decides later, or the endpoint is about to give a sink.
    case holding(isLater: Bool)
    /// It is collected for the process's own endpoint.
    case collecting(limit: Int)
    /// It goes to another service.
    case relaying(Relay)
    /// It goes to a sink of the process's own endpoint.
    case sinking(BodyTap)
    /// It is thrown away.
    case discarding
  }

  /// How far the answer is.
  private enum Progress {
    case waiting
    case begun
    case ended
  }

  /// How many bytes of a refused body are taken before the sender is cut off.
  ///
  /// Some clients take a stream that is cut off for a failure and never look at the answer.
  private static let patience = 8 << 20

  let stream: Int32
  private(set) var head: HeaderList
  /// The connection; nil once the exchange is over.
  @exclusivity(unchecked) private(set) var front: (any Front)?
  private let home: Home
  @exclusivity(unchecked) private var intake = Intake.discarding
  @exclusivity(unchecked) private var progress = Progress.waiting
  @exclusivity(unchecked) private var body: [UInt8] = []
  @exclusivity(unchecked) private var hasEnded = false
  @exclusivity(unchecked) private var unanswered: Answer?
  /// How much of a refused body has been thrown away while its sender may notice; nil if it has.
  @exclusivity(unchecked) private var patience: Int?
  @exclusivity(unchecked) private(set) var gauge: ReplyGauge?

  /// When the head came.
  let began = NIODeadline.now()
  /// How many bytes of the body came.
  @exclusivity(unchecked) private(set) var received = 0
  /// How fast the body comes, not counting the time in which this side waits.
  var pace = Pace()
  /// Since when this side is the one that waits with the body; nil if it is not.
  @exclusivity(unchecked) private var heldSince: NIODeadline?
  /// How long this side made the caller wait, so far.
  private(set) var held = TimeAmount.zero
  /// Those who wait until little of the answer is left to be sent.
  @exclusivity(unchecked) private var drainWaiters: [@Sendable () -> Void] = []

  init(stream: Int32, head: HeaderList, front: any Front) {
    self.stream = stream
    self.head = head
    self.front = front
    home = front.home
  }

  /// Whether the body is not whole and the peer is the one to go on.
  var awaitsBody: Bool { !hasEnded && progress != .ended && heldSince == nil }

  /// Whether the sink of the body is being handed a piece right now.
  var isCallingSink: Bool {
    if case .sinking(let tap) = intake { return tap.isCalling }
    return false
  }

  // From the caller

  /// Takes the head, which came with the constructor.
  func start(isWhole: Bool) {
    hasEnded = isWhole
    guard let door = home.door, let front else {
      collect()
      return
    }
    apply(door.passage(of: requestHead(front)))
  }

  private func requestHead(_ front: any Front) -> RequestHead {
    RequestHead(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      peer: front.peer
    )
  }

  /// Takes a piece of the body, which counts against the caller's window.
  func receive(_ bytes: [UInt8]) {
    received += bytes.count
    switch intake {
    case .relaying(let relay):
      relay.receive(bytes)
    case .sinking(let tap):
      tap.receive(bytes)
    case .collecting(let limit):
      front?.consume(stream, bytes.count)
      guard body.count + bytes.count <= limit else {
        refuse(StandardAnswers.tooLarge)
        return
      }
      if body.isEmpty { body = bytes } else { body += bytes }
    case .holding:
      holdBack()
      if body.isEmpty { body = bytes } else { body += bytes }
    case .discarding:
      front?.consume(stream, bytes.count)
      guard let left = patience else { return }
      patience = left - bytes.count
      if left < bytes.count { finishRefusal() }
    }
  }

  /// Takes the end of the body.
  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    switch intake {
    case .relaying(let relay): relay.end()
    case .sinking(let tap): tap.end()
    case .collecting: dispatch()
    case .holding, .discarding: break
    }
    if patience != nil {
      finishRefusal()
    } else if let answer = unanswered {
      unanswered = nil
      respond(HeaderList(answer), body: answer.body)
    } else if progress == .ended {
      leave()
    }
  }

  /// Takes note that nothing more of the request comes in this turn of the loop.
  func settle() {
    if case .relaying(let relay) = intake { relay.settleRequest() }
  }

  /// Goes on after `write` asked to wait.
  func drained() {
    if case .relaying(let relay) = intake { relay.frontDrained() }
  }

  /// Since when the caller takes nothing of an answer that is passed on; nil while it does.
  var stalledSince: NIODeadline? {
    if case .relaying(let relay) = intake { relay.stalledSince } else { nil }
  }

  /// Whether another service answers too late.
  func isOverdue(_ now: NIODeadline) -> Bool {
    if case .relaying(let relay) = intake { relay.isOverdue(now) } else { false }
  }

  /// Ends the call to another service, if there is one; what it still answers goes nowhere.
  func dropRelay() {
    guard case .relaying(let relay) = intake else { return }
    intake = .discarding
    relay.frontGone()
  }

  /// The caller is gone or broke off.
  func cancel() {
    gauge?.isCancelled.store(true, ordering: .relaxed)
    let intake = intake
    self.intake = .discarding
    progress = .ended
    front = nil
    switch intake {
    case .relaying(let relay): relay.frontGone()
    case .sinking(let tap): tap.abort(isLater: false)
    case .holding, .collecting, .discarding: break
    }
    callDrainWaiters()
  }

  /// Ends what would go on for ever, because this process stops.
  func wind() {
    if case .relaying(let relay) = intake { relay.endStream() }
  }

  // Decisions

  private func apply(_ passage: Passage) {
    switch passage {
    case .local:
      collect()
    case .answer(let answer):
      intake = .discarding
      front?.consume(stream, body.count)
      body = []
      // A small body is waited for, so that the answer does not cut it off.
      let isSmall = (head.contentLength ?? .max) <= 64 << 10
      if hasEnded || !isSmall {
        respond(HeaderList(answer), body: answer.body)
      } else {
        unanswered = answer
      }
    case .forward(let forwarding):
      forward(forwarding)
    case .later(let decide):
      intake = .holding(isLater: true)
      let bound = NIOLoopBound(self, eventLoop: home.loop)
      let inbox = home.inbox
      decide { passage in
        inbox.post(Inbox.Item(exchange: bound, word: .passage(passage)))
      }
    }
  }

  private func forward(_ forwarding: Forwarding) {
    let relay = Relay(exchange: self, forwarding: forwarding, home: home)
    intake = .relaying(relay)
    release()
    relay.start(length: head.contentLength)
    let held = body
    body = []
    if !held.isEmpty { relay.receive(held) }
    if hasEnded { relay.end() }
  }

  private func collect() {
    release()
    if let streaming = home.streaming, sink(streaming) { return }
    let limit = home.limits.body
    intake = .collecting(limit: limit)
    if !body.isEmpty { front?.consume(stream, body.count) }
    guard max(body.count, head.contentLength ?? 0) <= limit else {
      refuse(StandardAnswers.tooLarge)
      return
    }
    if hasEnded { dispatch() }
  }

  /// Lets the endpoint take the body piece by piece; false if it does not want to.
  private func sink(_ streaming: any StreamingEndpoint) -> Bool {
    guard let front else { return true }
    intake = .holding(isLater: false)
    let reply = makeReply()
    guard let sink = streaming.sink(for: requestHead(front), to: reply) else {
      reply.withdraw()
      gauge = nil
      return false
    }
    let tap = BodyTap(sink: sink, exchange: self, inbox: home.inbox)
    guard case .holding = intake else {
      // It was answered already.
      tap.abort(isLater: true)
      return true
    }
    intake = .sinking(tap)
    let held = body
    body = []
    if !held.isEmpty { tap.receive(held) }
    if hasEnded { tap.end() }
    return true
  }

  private func makeReply() -> StreamReply {
    let gauge = ReplyGauge()
    self.gauge = gauge
    let bound = NIOLoopBound(self, eventLoop: home.loop)
    return StreamReply(exchange: bound, inbox: home.inbox, gauge: gauge)
  }

  private func dispatch() {
    guard let front else { return }
    intake = .discarding
    var whole: [UInt8] = []
    swap(&whole, &body)
    let request = InboundRequest(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      body: whole,
      peer: front.peer,
      certified: front.certified
    )
    home.endpoint.dispatch(request, to: makeReply())
  }

  // Towards the caller

  /// Hears what another thread, or a handler on this one, says.
  func hear(_ word: Inbox.Word) {
    switch word {
    case .passage(let passage):
      guard case .holding(isLater: true) = intake, front != nil else { return }
      apply(passage)
      settle()
    case .resume(let number):
      if case .sinking(let tap) = intake { tap.resume(number) }
    default:
      hearReply(word)
    }
  }

  private func hearReply(_ word: Inbox.Word) {
    gauge?.words.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    if case .write(let bytes) = word {
      gauge?.travelling.wrappingSubtract(bytes.count, ordering: .relaxed)
    }
    switch word {
    case .answer(let answer):
      guard progress == .waiting else { break }
      if isSinkOpen { refuse(answer) } else { respond(HeaderList(answer), body: answer.body) }
    case .begin(let status, let fields):
      if progress == .waiting { begin(HeaderList(status: status, fields: fields)) }
    case .write(let bytes):
      if progress == .begun { gauge?.waiting.wrappingAdd(bytes.count, ordering: .relaxed) }
      write(bytes)
    case .finish:
      finishReply()
    case .abandon:
      abandon()
    case .drain(let resume):
      drainWaiters.append(resume)
      gaugeMoved()
    case .passage, .resume:
      break
    }
  }

  /// Looks whether those who wait for the backlog to shrink can go on.
  func gaugeMoved() {
    guard !drainWaiters.isEmpty else { return }
    let isSmall = (gauge?.backlog ?? 0) < home.limits.connection.streamBuffer / 2
    if isSmall || progress == .ended { callDrainWaiters() }
  }

  private func callDrainWaiters() {
    let waiters = drainWaiters
    drainWaiters = []
    for resume in waiters { resume() }
  }

  /// Ends an answer that the holder of the reply began, perhaps before the body is whole.
  private func finishReply() {
    let isEarly = isSinkOpen && !hasEnded
    closeSink()
    if isEarly, progress == .begun, front?.keepsRequests == true {
      patience = Self.patience
    } else {
      finish()
    }
  }

  private var isSinkOpen: Bool {
    switch intake {
    case .sinking(let tap): !tap.isOver
    case .holding(let isLater): !isLater
    case .collecting, .relaying, .discarding: false
    }
  }

  /// Lets the sink go, because what follows of the body is not wanted.
  private func closeSink() {
    switch intake {
    case .sinking(let tap):
      intake = .discarding
      front?.consume(stream, tap.held)
      tap.abort(isLater: true)
    case .holding:
      intake = .discarding
      front?.consume(stream, body.count)
      body = []
    case .collecting, .relaying, .discarding:
      break
    }
  }

  private func abandon() {
    switch progress {
    case .waiting: refuse(StandardAnswers.abandoned)
    case .begun: reset(.internalError)
    case .ended: break
    }
  }

  /// Answers a request of which nothing more is wanted.
  func refuse(_ answer: Answer) {
    closeSink()
    intake = .discarding
    body = []
    let answer = head.has(":method", "HEAD") ? answer.withoutBody : answer
    guard progress == .waiting, let front else {
      reset(.internalError)
      return
    }
    guard !hasEnded, front.keepsRequests else {
      respond(HeaderList(answer), body: answer.body)
      return
    }
    patience = Self.patience
    begin(HeaderList(answer))
    write(answer.body)
  }

  private func finishRefusal() {
    patience = nil
    finish()
  }

  /// Sends a whole answer.
  func respond(_ head: HeaderList, body: [UInt8]) {
    guard progress == .waiting, let front else { return }
    progress = .ended
    front.respond(stream, head, body: body)
    leave()
  }

  /// Begins an answer.
  func begin(_ head: HeaderList) {
    guard progress == .waiting, let front else { return }
    progress = .begun
    front.begin(stream, head)
  }

  /// Writes a piece; false if the writer should wait for ``drained()``.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    guard progress == .begun, let front else { return true }
    return front.write(stream, bytes)
  }

  /// Ends the answer.
  func finish() {
    guard progress == .begun, let front else { return }
    progress = .ended
    front.finish(stream)
    leave()
    callDrainWaiters()
  }

  /// Breaks the exchange off.
  func reset(_ code: ErrorCode) {
    guard let front, progress != .ended || !hasEnded else { return }
    progress = .ended
    front.reset(stream, code)
  }

  /// Gives back a part of the body that was used.
  func consume(_ count: Int) {
    release()
    front?.consume(stream, count)
  }

  /// Says that this side waits with the body.
  func holdBack() {
    if heldSince == nil { heldSince = .now() }
  }

  private func release() {
    guard let since = heldSince else { return }
    heldSince = nil
    held = held + (.now() - since)
  }

  /// Lets the connection forget the exchange once both sides have said all.
  private func leave() {
    guard hasEnded, let front else { return }
    front.forget(stream)
    self.front = nil
  }
}
