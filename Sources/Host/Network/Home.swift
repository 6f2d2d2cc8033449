internal import HTTP2
internal import NIOCore
internal import Service

/// What one event loop of a server has: its connections, its upstreams and what waits to be sent.
final class Home {
  /// How much later it goes on: a loop looks at its sockets only when no work is due.
  private static let pause = TimeAmount.microseconds(50)

  let loop: any EventLoop
  let endpoint: any Endpoint
  /// The endpoint, if it decides at the head of each request.
  let door: (any Door)?
  /// The endpoint, if it takes some bodies piece by piece.
  let streaming: (any StreamingEndpoint)?
  let limits: ServerLimits
  private let turnLength: TimeAmount?
  /// What all callers' bodies take together, on every loop of the server.
  let account: MemoryAccount
  let inbox: Inbox
  /// What answers say of the time; nil where all callers are the house's own.
  let date: AnswerDate?
  /// The heads that came lately.
  let heads = KnownHeads()
  /// The numbers of the traces that go through this loop.
  @exclusivity(unchecked) var traces = TraceNumbers()
  /// When the turn of the loop began in which something came last.
  @exclusivity(unchecked) var now = NIODeadline.now()
  /// Short calls and long ones have sessions of their own, so that the bytes of files and streams
  /// are not in the way of short answers.
  private let upstreams: [Lane: Upstream]
  private let turn: Turn
  private var kept: [ObjectIdentifier: any Kept] = [:]
  private(set) var isWinding = false
  /// How those go on whose turn was over, in their order.
  private var held = CircularBuffer<() -> Void>()
  private var isResuming = false
  private var emptied: (() -> Void)?
  private var clock: RepeatedTask?

  init(
    loop: any EventLoop,
    endpoint: any Endpoint,
    limits: ServerLimits,
    upstreams: Upstreams,
    account: MemoryAccount,
    isDated: Bool = false
  ) {
    self.account = account
    date = isDated ? AnswerDate(HTTPDate.now()) : nil
    self.loop = loop
    self.endpoint = endpoint
    door = endpoint as? any Door
    streaming = endpoint as? any StreamingEndpoint
    self.limits = limits
    turnLength = limits.turn.map { TimeAmount($0) }
    inbox = Inbox(loop: loop)
    let turn = Turn(loop: loop)
    self.turn = turn
    var lanes: [Lane: Upstream] = [:]
    for (name, address) in upstreams.addresses {
      for isLong in [false, true] {
        lanes[Lane(name: name, isLong: isLong)] = Upstream(
          address: address,
          secured: upstreams.secured[name],
          loop: loop,
          turn: turn,
          limits: .innerForOthers
        )
      }
    }
    self.upstreams = lanes
    inbox.bind(self)
  }

  /// Whether a connection whose turn began then has to let the loop's other ones have theirs.
  func isOver(turnFrom began: NIODeadline) -> Bool {
    guard let turnLength else { return false }
    return .now() - began > turnLength
  }

  /// Goes on with a connection once the others have had their turn.
  func resume(_ work: @escaping () -> Void) {
    held.append(work)
    resumeNext()
  }

  /// Lets the first of those that wait go on a little later.
  ///
  /// One at a time: of several tasks one would always be due, and no socket be looked at.
  private func resumeNext() {
    guard !isResuming, !held.isEmpty else { return }
    isResuming = true
    loop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
      isResuming = false
      held.removeFirst()()
      resumeNext()
    }
  }

  /// Finds the sessions by which a request goes to its service.
  func upstream(_ forwarding: Forwarding) -> Upstream? {
    upstreams[Lane(name: forwarding.upstream, isLong: forwarding.isLong)]
  }

  private struct Lane: Hashable {
    var name: String
    var isLong: Bool
  }

  /// Lets something send at the end of this turn of the loop.
  func schedule(_ item: any Pumped) {
    turn.schedule(item)
  }

  /// Lets all that waits send now.
  func pump() {
    turn.pump()
  }

  /// Lets all that waits send if it is much.
  func pumpIfFull() {
    if turn.isFull { turn.pump() }
  }

  /// Keeps a connection until it is closed.
  func keep(_ connection: any Kept) {
    kept[ObjectIdentifier(connection)] = connection
    guard clock == nil else { return }
    date?.text = HTTPDate.now()
    let bound = NIOLoopBound(self, eventLoop: loop)
    let pace = min(.seconds(1), limits.shortestTimeout / 4)
    clock = loop.scheduleRepeatedTask(
      initialDelay: TimeAmount(pace),
      delay: TimeAmount(pace)
    ) { _ in bound.value.tick() }
  }

  /// Drops a connection that is closed.
  func drop(_ connection: any Kept) {
    kept[ObjectIdentifier(connection)] = nil
    guard kept.isEmpty else { return }
    clock?.cancel()
    clock = nil
    // A connection that changes its handler is back on the list in the same turn.
    if emptied != nil { loop.assumeIsolated().execute { self.concludeIfEmpty() } }
  }

  private func concludeIfEmpty() {
    guard kept.isEmpty else { return }
    for upstream in upstreams.values { upstream.close() }
    let emptied = emptied
    self.emptied = nil
    emptied?()
  }

  private func tick() {
    date?.text = HTTPDate.now()
    for connection in Array(kept.values) { connection.tick() }
  }

  /// Cuts an eighth of the connections that wait for a request, those that have waited longest.
  ///
  /// - Returns: How many.
  func relieve() -> Int {
    let idle = kept.values.compactMap { connection in
      connection.idleSince.map { (connection: connection, since: $0) }
    }
    .sorted { $0.since < $1.since }
    let first = idle.prefix((idle.count + 7) / 8)
    for item in first { item.connection.cut() }
    return first.count
  }

  /// Winds up every connection and says when none is left.
  func wind(_ emptied: @escaping () -> Void) {
    isWinding = true
    self.emptied = emptied
    for connection in Array(kept.values) { connection.wind() }
    concludeIfEmpty()
  }

  /// Cuts every connection that is left.
  func cut() {
    for connection in Array(kept.values) { connection.cut() }
  }
}

extension ServerLimits {
  /// The shortest of all timeouts.
  var shortestTimeout: Duration {
    [headerTimeout, idleTimeout, settingsTimeout, bodyGrace].min() ?? idleTimeout
  }
}
