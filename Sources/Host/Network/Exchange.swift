internal import HTTP2
internal import Kernel
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
  enum Intake {
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
    /// It is a trunk: calls of their own.
    case trunking(TrunkServer)
    /// It is thrown away.
    case discarding
  }

  /// How far the answer is.
  enum Progress {
    case waiting
    case begun
    case ended
  }

  /// How many bytes of a refused body are taken before the sender is cut off.
  ///
  /// Some clients take a stream that is cut off for a failure and never look at the answer.
  private static let patience = 8 << 20

  let key: StreamKey
  /// The head; for a head that was recognised without the passing fields.
  @exclusivity(unchecked) var head = HeaderList()
  /// What `content-length` says, in bytes; negative if there is none.
  let length: Int
  /// The connection; nil once the exchange is over.
  @exclusivity(unchecked) private(set) var front: (any Front)?
  let home: Home
  @exclusivity(unchecked) var intake = Intake.discarding
  @exclusivity(unchecked) var progress = Progress.waiting
  @exclusivity(unchecked) var body: [UInt8] = []
  @exclusivity(unchecked) var hasEnded = false
  @exclusivity(unchecked) var unanswered: Answer?
  /// How much of a refused body has been thrown away while its sender may notice; nil if it has.
  @exclusivity(unchecked) private var patience: Int?
  @exclusivity(unchecked) var gauge: ReplyGauge?

  /// When the head came.
  let began: NIODeadline
  /// How many bytes of the body came.
  @exclusivity(unchecked) private(set) var received = 0
  /// Who is charged with what is kept of the body.
  let source: String
  /// How many bytes of the body the server's account knows of.
  @exclusivity(unchecked) private var accounted = 0
  /// How fast the body comes, not counting the time in which this side waits; nil until the clock
  /// looks, which for most calls it never does.
  @exclusivity(unchecked) var pace: Pace?
  /// Since when this side is the one that waits with the body; nil if it is not.
  @exclusivity(unchecked) private var heldSince: NIODeadline?
  /// How long this side made the caller wait, so far.
  private(set) var held = TimeAmount.zero
  /// Those who wait until little of the answer is left to be sent.
  @exclusivity(unchecked) private var drainWaiters: [@Sendable () -> Void] = []

  /// Begins with a head that is kept.
  init(_ key: StreamKey, _ head: HeaderList, front: any Front) {
    self.key = key
    self.head = head
    self.front = front
    length = head.contentLength ?? -1
    home = front.home
    source = front.source
    began = home.now
  }

  /// Begins with a head that has just arrived; ``start(_:_:_:isWhole:)`` follows.
  init(_ key: StreamKey, _ head: Head, front: any Front) {
    self.key = key
    self.front = front
    length = head.length
    home = front.home
    source = front.source
    began = home.now
  }

  deinit {
    if accounted > 0 { home.account.give(accounted, for: source) }
  }

  /// Accounts for bytes of the body that are kept until it is whole.
  ///
  /// They count until the exchange is over, since what is made of them lives as long.
  ///
  /// - Returns: false if there is no room for them; then the request is refused.
  func keep(_ count: Int) -> Bool {
    guard home.account.take(count, for: source) else { return false }
    accounted += count
    return true
  }

  /// Whether the body is not whole and the peer is the one to go on.
  var awaitsBody: Bool {
    // On a trunk nothing may come for hours.
    if case .trunking = intake { return false }
    return !hasEnded && progress != .ended && heldSince == nil
  }

  /// Whether the sink of the body is being handed a piece right now.
  var isCallingSink: Bool {
    if case .sinking(let tap) = intake { return tap.isCalling }
    return false
  }

  // From the caller

  /// Takes a piece of the body, which counts against the caller's window.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    received += bytes.count
    switch intake {
    case .relaying(let relay):
      relay.receive(bytes)
    case .sinking(let tap):
      tap.receive(Array(bytes))
    case .trunking(let trunk):
      trunk.receive(bytes)
    case .collecting(let limit):
      front?.consume(key, bytes.count)
      guard body.count + bytes.count <= limit else {
        refuse(StandardAnswers.tooLarge)
        return
      }
      guard keep(bytes.count) else {
        refuse(StandardAnswers.overloaded)
        return
      }
      body.gather(bytes, limit: limit)
    case .holding:
      holdBack()
      body.gather(bytes, limit: home.limits.body)
    case .discarding:
      front?.consume(key, bytes.count)
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
    case .trunking(let trunk): trunk.end()
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
    switch intake {
    case .relaying(let relay): relay.frontDrained()
    case .trunking(let trunk): trunk.drained()
    case .holding, .collecting, .sinking, .discarding: break
    }
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
    let intake = intake
    self.intake = .discarding
    progress = .ended
    front = nil
    // Whoever hears of it may let go of the reply here and now, which has nothing to say any more.
    gauge?.cancel()
    switch intake {
    case .relaying(let relay): relay.frontGone()
    case .sinking(let tap): tap.abort(isLater: false)
    case .trunking(let trunk): trunk.cancel()
    case .holding, .collecting, .discarding: break
    }
    callDrainWaiters()
  }

  /// Ends what would go on for ever, because this process stops.
  func wind() {
    if case .relaying(let relay) = intake { relay.endStream() }
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
    case .collecting, .relaying, .trunking, .discarding: false
    }
  }

  /// Lets the sink go, because what follows of the body is not wanted.
  private func closeSink() {
    switch intake {
    case .sinking(let tap):
      intake = .discarding
      front?.consume(key, tap.held)
      tap.abort(isLater: true)
    case .holding:
      intake = .discarding
      front?.consume(key, body.count)
      body = []
    case .collecting, .relaying, .trunking, .discarding:
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
    front.respond(key, head, body: body)
    leave()
  }

  /// Sends a whole answer with a head that others share.
  func respond(_ head: OutgoingHead, body: [UInt8]) {
    guard progress == .waiting, let front else { return }
    progress = .ended
    front.respond(key, head, body: body)
    leave()
  }

  /// Begins an answer.
  func begin(_ head: OutgoingHead) {
    guard progress == .waiting, let front else { return }
    progress = .begun
    front.begin(key, head)
  }

  /// Begins an answer.
  func begin(_ head: HeaderList) {
    guard progress == .waiting, let front else { return }
    progress = .begun
    front.begin(key, head)
  }

  /// Writes a piece; false if the writer should wait for ``drained()``.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    guard progress == .begun, let front else { return true }
    return front.write(key, bytes)
  }

  /// Ends the answer.
  func finish() {
    guard progress == .begun, let front else { return }
    progress = .ended
    front.finish(key)
    leave()
    callDrainWaiters()
  }

  /// Breaks the exchange off.
  func reset(_ code: ErrorCode) {
    guard let front, progress != .ended || !hasEnded else { return }
    progress = .ended
    front.reset(key, code)
  }

  /// Gives back a part of the body that was used.
  func consume(_ count: Int) {
    release()
    front?.consume(key, count)
  }

  /// Says that this side waits with the body.
  func holdBack() {
    if heldSince == nil { heldSince = .now() }
  }

  func release() {
    guard let since = heldSince else { return }
    heldSince = nil
    held = held + (.now() - since)
  }

  /// Lets the connection forget the exchange once both sides have said all.
  private func leave() {
    guard hasEnded, let front else { return }
    front.forget(key)
    self.front = nil
  }
}
