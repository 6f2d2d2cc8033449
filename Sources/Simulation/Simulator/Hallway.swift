internal import Kernel
internal import Messages
internal import Service
internal import Storage
internal import TestSupport

/// The rooms side by side, stepped by one thread under one clock, and what each step must do.
final class Hallway {
  /// The rooms that are stepped; the catalogue is played.
  static let names = ["intake", "approval", "monitoring"]

  let clock = ManualClock(startingAt: Room.opening)
  private(set) var auditor = Auditor()
  private(set) var history: [String] = []
  private(set) var tally = SimulationTally()

  private var rooms: [String: Room] = [:]
  /// What each service has published so far, as it goes out to the others.
  private var feeds: [String: [FeedV1.Entry]] = [:]
  /// Since when each room lies behind what it was told of.
  private var laggingSince: [String: Instant] = [:]
  private var nextKey = 0

  init(_ houses: SimulatedServices, seed: UInt64) throws {
    var settings = Engine.Settings()
    // All due timers fire in one step, so that the auditor need not know their order.
    settings.timers = 1_000
    for (index, definition) in [houses.intake, houses.approval, houses.monitoring].enumerated() {
      rooms[definition.name] = try Room(
        definition,
        clock: clock,
        seed: seed &* 31 &+ UInt64(index),
        settings: settings
      )
      feeds[definition.name] = []
    }
    feeds["catalogue"] = Town.feed(now: clock.now)
    for name in Self.names {
      try deliver(from: "catalogue", to: name, most: .max, tellingHead: true)
      try step(name)
    }
  }

  func note(_ line: String) {
    history.append("\(LegalTime.beijing.text(clock.now)) \(line)")
    if history.count > 400 { history.removeFirst(200) }
  }

  func room(_ name: String) -> Room {
    guard let room = rooms[name] else { preconditionFailure("There is no room \(name).") }
    return room
  }

  // MARK: - Steps

  /// An answered call.
  struct Answered {
    let key: String
    let body: [UInt8]
  }

  /// Makes a call and lets its room work once.
  ///
  /// - Returns: The answer; nil if the call was refused, as predicted.
  func call(_ act: Act, key: String? = nil) throws -> Answered? {
    let key = try key ?? freshKey()
    let reply = try act.begin(in: room(act.room), key: key)
    let isGranted = try step(act.room, act)
    guard let answer = reply.answer else { throw Deviation("\(act) was not answered") }
    guard (answer.status == 200) == isGranted else {
      let reason = answer.status == 200 ? "granted" : try room(act.room).refused(answer).reason
      throw Deviation("\(act) was \(reason); predicted was \(isGranted ? "a grant" : "a refusal")")
    }
    note("\(isGranted ? "granted" : "refused") \(act)")
    if isGranted { tally.granted += 1 } else { tally.refused += 1 }
    return isGranted ? Answered(key: key, body: answer.body) : nil
  }

  /// Repeats an answered call: the bytes must be the same, and nothing may happen.
  func repeatCall(_ act: Act, _ earlier: Answered) throws {
    let reply = try act.begin(in: room(act.room), key: earlier.key)
    try step(act.room)
    guard let answer = reply.answer, answer.status == 200, answer.body == earlier.body else {
      throw Deviation("\(act) was repeated and answered otherwise than before")
    }
    note("repeated \(act)")
    tally.repeats += 1
  }

  /// Makes a call, and lets its room crash before it works on it; then makes the call again.
  func callAndCrash(_ act: Act) throws -> Answered? {
    let key = try freshKey()
    _ = try act.begin(in: room(act.room), key: key)
    try crash(act.room)
    return try call(act, key: key)
  }

  private func freshKey() throws -> String {
    nextKey += 1
    return "act-\(nextKey)"
  }

  func crash(_ name: String) throws {
    note("\(name) crashes")
    try room(name).reopen()
    laggingSince[name] = nil
    tally.crashes += 1
    guard try room(name).feed(after: Int64(published(name).count)).isEmpty else {
      throw Deviation("\(name) has published something while it crashed")
    }
  }

  /// Offers entries of one service to a room, from where it wants them or from further back.
  func deliver(
    from upstream: String,
    to name: String,
    most: Int,
    again: Int = 0,
    tellingHead: Bool
  ) throws {
    guard let follower = room(name).engine.followers.first(where: { $0.upstream == upstream })
    else { return }
    let all = published(upstream)
    let first = max(0, Int(follower.wanted) - again)
    let entries = all.dropFirst(first).prefix(most)
    guard !entries.isEmpty else { return }
    let head = tellingHead ? Int64(all.count) : entries.last?.position ?? 0
    follower.offer(Array(entries), head: head)
    tally.deliveries += 1
    note("\(name) is offered \(upstream) \(first + 1)...\(first + entries.count), head \(head)")
  }

  func published(_ name: String) -> [FeedV1.Entry] { feeds[name] ?? [] }

  /// Whether a room has seen all that it follows.
  func hasSeenAll(_ name: String) -> Bool {
    room(name).engine.followers.allSatisfy {
      $0.applied == Int64(published($0.upstream).count)
    }
  }

  /// Lets a room work once, and compares what it publishes with what the auditor predicts.
  ///
  /// - Returns: Whether the call, if there is one, is predicted to be granted.
  @discardableResult
  func step(_ name: String, _ act: Act? = nil) throws -> Bool {
    let now = clock.now
    var expected = isCatchingUp(name) ? [] : auditor.timers(of: name, now)
    var isGranted = true
    if let act {
      let lines = auditor.call(act, now)
      isGranted = lines != nil
      expected += lines ?? []
    }
    let target = predictedCursors(name)
    let before = try cursors(name)
    room(name).engine.step()
    let after = try cursors(name)
    guard after == target else {
      throw Deviation("\(name) came to \(after), predicted was \(target)")
    }
    for upstream in room(name).engine.followers.map(\.upstream) {
      let range = Int(before[upstream] ?? 0)..<Int(after[upstream] ?? 0)
      for entry in published(upstream)[range] {
        expected += try auditor.follow(entry, in: name)
      }
    }
    try compare(name, expected)
    return isGranted
  }

  private func compare(_ name: String, _ expected: [String]) throws {
    let room = room(name)
    let fresh = try room.feed(after: Int64(published(name).count)).map {
      try FeedV1.Entry($0, opening: room.engine.seal)
    }
    feeds[name, default: []] += fresh
    let actual = try fresh.map(Line.of)
    for line in actual { note("  \(name): \(line)") }
    let (missing, surplus) = (expected.less(actual), actual.less(expected))
    guard missing.isEmpty, surplus.isEmpty else {
      throw Deviation("\(name) lacks \(missing) and has besides \(surplus)")
    }
    for entry in fresh {
      try auditor.learn(entry)
      tally.published[try Line.kind(of: entry), default: 0] += 1
    }
    guard let report = room.reports.all.first else { return }
    throw Deviation("\(name) reports \(report)")
  }

  // MARK: - What the auditor knows of following

  /// Timers wait for at most five seconds while a room lies behind what it was told of.
  private func isCatchingUp(_ name: String) -> Bool {
    guard room(name).engine.followers.contains(where: { $0.lag > 0 }) else {
      laggingSince[name] = nil
      return false
    }
    let since = laggingSince[name] ?? clock.now
    laggingSince[name] = since
    return clock.now.milliseconds(since: since) < ServiceLimits.catchUp
  }

  private func cursors(_ name: String) throws -> [String: Int64] {
    let cursors = try room(name).engine.store.read { try $0.cursors() }
    return Dictionary(uniqueKeysWithValues: cursors.map { ($0.upstream, $0.position) })
  }

  /// How far a room comes in its next step: cause before effect, in the order of its followers.
  private func predictedCursors(_ name: String) -> [String: Int64] {
    let followers = room(name).engine.followers
    var cursors: [String: Int64] = [:]
    for follower in followers where follower.applied > 0 {
      cursors[follower.upstream] = follower.applied
    }
    let followed = Set(followers.map(\.upstream))
    for follower in followers {
      let upstream = follower.upstream
      let offered = published(upstream).prefix(Int(follower.wanted))
      for entry in offered.dropFirst(Int(follower.applied)).prefix(200) {
        let isReached = entry.reflects.allSatisfy { cause, position in
          cause == upstream || !followed.contains(cause) || cursors[cause] ?? 0 >= position
        }
        guard isReached else { break }
        cursors[upstream] = entry.position
      }
    }
    return cursors
  }
}

/// Something that is otherwise than predicted.
struct Deviation: Error {
  let text: String

  init(_ text: String) {
    self.text = text
  }
}

extension [String] {
  /// The elements that are left when those of another list are taken out one by one.
  fileprivate func less(_ other: Self) -> Self {
    var rest = self
    for line in other {
      if let index = rest.firstIndex(of: line) { rest.remove(at: index) }
    }
    return rest
  }
}
