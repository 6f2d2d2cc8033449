internal import HTTP2
internal import NIOCore
internal import Service
internal import Synchronization

/// One request and its answer at the side of the caller; used on its event loop only.
final class Exchange {
  /// What happens to the request's body.
  private enum Intake {
    /// It waits for a decision, and is not given back, so that the window is its bound.
    case holding(isLater: Bool)
    /// It is collected for the process's own endpoint.
    case collecting(limit: Int)
    /// It goes to another service.
    case relaying(Relay)
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
  private(set) var front: (any Front)?
  private let home: Home
  private var intake = Intake.discarding
  private var progress = Progress.waiting
  private var body: [UInt8] = []
  private var hasEnded = false
  private var unanswered: Answer?
  /// How much of a refused body has been thrown away while its sender may notice; nil if it has.
  private var patience: Int?
  private(set) var gauge: ReplyGauge?

  /// When the head came.
  let began = NIODeadline.now()
  /// How many bytes of the body came.
  private(set) var received = 0
  /// Whether this side is the one that waits with the body.
  private(set) var isHeldBack = false

  init(stream: Int32, head: HeaderList, front: any Front) {
    self.stream = stream
    self.head = head
    self.front = front
    home = front.home
  }

  /// Whether the body is not whole and the peer is the one to go on.
  var awaitsBody: Bool { !hasEnded && progress != .ended && !isHeldBack }

  // From the caller

  /// Takes the head, which came with the constructor.
  func start(isWhole: Bool) {
    hasEnded = isWhole
    guard let door = home.door, let front else {
      collect()
      return
    }
    let head = RequestHead(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      peer: front.peer
    )
    apply(door.passage(of: head))
  }

  /// Takes a piece of the body, which counts against the caller's window.
  func receive(_ bytes: [UInt8]) {
    received += bytes.count
    switch intake {
    case .relaying(let relay):
      relay.receive(bytes)
    case .collecting(let limit):
      front?.consume(stream, bytes.count)
      guard body.count + bytes.count <= limit else {
        refuse(StandardAnswers.tooLarge)
        return
      }
      if body.isEmpty { body = bytes } else { body += bytes }
    case .holding:
      isHeldBack = true
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

  /// The caller is gone or broke off.
  func cancel() {
    gauge?.isCancelled.store(true, ordering: .relaxed)
    let intake = intake
    self.intake = .discarding
    progress = .ended
    front = nil
    if case .relaying(let relay) = intake { relay.frontGone() }
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
    isHeldBack = false
    relay.start(length: head.contentLength)
    let held = body
    body = []
    if !held.isEmpty { relay.receive(held) }
    if hasEnded { relay.end() }
  }

  private func collect() {
    let limit = home.limits.body
    intake = .collecting(limit: limit)
    isHeldBack = false
    if !body.isEmpty { front?.consume(stream, body.count) }
    guard max(body.count, head.contentLength ?? 0) <= limit else {
      refuse(StandardAnswers.tooLarge)
      return
    }
    if hasEnded { dispatch() }
  }

  private func dispatch() {
    guard let front else { return }
    intake = .discarding
    let gauge = ReplyGauge()
    self.gauge = gauge
    let bound = NIOLoopBound(self, eventLoop: home.loop)
    var whole: [UInt8] = []
    swap(&whole, &body)
    let request = InboundRequest(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      body: whole,
      peer: front.peer
    )
    home.endpoint.dispatch(
      request,
      to: StreamReply(exchange: bound, inbox: home.inbox, gauge: gauge)
    )
  }

  // Towards the caller

  /// Hears what another thread, or a handler on this one, says.
  func hear(_ word: Inbox.Word) {
    if case .passage(let passage) = word {
      guard case .holding(isLater: true) = intake, front != nil else { return }
      apply(passage)
      settle()
      return
    }
    gauge?.words.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    if case .write(let bytes) = word {
      gauge?.travelling.wrappingSubtract(bytes.count, ordering: .relaxed)
    }
    switch word {
    case .answer(let answer):
      if progress == .waiting { respond(HeaderList(answer), body: answer.body) }
    case .begin(let status, let fields):
      if progress == .waiting { begin(HeaderList(status: status, fields: fields)) }
    case .write(let bytes):
      if progress == .begun { gauge?.waiting.wrappingAdd(bytes.count, ordering: .relaxed) }
      write(bytes)
    case .finish:
      finish()
    case .abandon:
      abandon()
    case .passage:
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
    intake = .discarding
    body = []
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
  }

  /// Breaks the exchange off.
  func reset(_ code: ErrorCode) {
    guard let front, progress != .ended || !hasEnded else { return }
    progress = .ended
    front.reset(stream, code)
  }

  /// Gives back a part of the body that was used.
  func consume(_ count: Int) {
    isHeldBack = false
    front?.consume(stream, count)
  }

  /// Says that this side waits with the body.
  func holdBack() {
    isHeldBack = true
  }

  /// Lets the connection forget the exchange once both sides have said all.
  private func leave() {
    guard hasEnded, let front else { return }
    front.forget(stream)
    self.front = nil
  }
}
