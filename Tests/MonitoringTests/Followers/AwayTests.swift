import Kernel
import Messages
import Monitoring
import Service
import Simulation
import Storage
import TestSupport
import Testing

/// What happens in a month, as told to a house that is there and to one that comes back later.
private struct Month {
  private enum Stage { case new, submitted, accepted, decided, over }

  private let watch: Watch
  private var random: SeededGenerator
  private var stages: [String: Stage] = [:]
  private var paused: [String: (id: String, on: String)] = [:]
  private var tasks: [String: [String]] = [:]
  private var serial = 0
  private var version: Int64 = 1

  private static let weekdays = [
    "2026-09-16", "2026-09-17", "2026-09-18", "2026-09-21", "2026-09-22", "2026-09-23",
    "2026-09-24", "2026-09-28", "2026-09-29", "2026-09-30", "2026-10-08", "2026-10-09",
  ]
  private static let weekends = ["2026-09-19", "2026-09-26", "2026-09-27", "2026-10-11"]
  private static let day: Int64 = 86_400_000

  /// Lets a month pass.
  ///
  /// - Parameters:
  ///   - seed: Of what happens.
  ///   - isAway: Whether monitoring comes to know of it all at its end only.
  /// - Throws: What the store says.
  init(seed: UInt64, isAway: Bool) throws {
    watch = try Watch()
    watch.isSeen = true
    random = SeededGenerator(seed: seed)
    watch.room.isAway = isAway
    let hours = (0..<40).map { _ in Int64.random(in: 1..<700, using: &random) }
    for hour in Set(hours).sorted() {
      watch.room.clock.set(Room.opening.advanced(byMilliseconds: hour * 3_600_000 + 1))
      if !isAway { watch.room.settle() }
      try happen()
    }
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 40 * Self.day))
    watch.room.isAway = false
    try watch.room.crash()
  }

  private var today: String { LegalTime.beijing.day(of: watch.room.clock.now).description }

  private mutating func some(_ all: [String], _ most: Int) -> [String] {
    Array(all.shuffled(using: &random).prefix(Int.random(in: 0...most, using: &random)))
  }

  private mutating func happen() throws {
    let number = ["A", "B", "C", "D"].randomElement(using: &random) ?? "A"
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      version += 1
      try watch.calendar(
        version: version,
        off: some(Self.weekdays, 3),
        work: some(Self.weekends, 2)
      )
    case 1...2 where stages[number] == .accepted: try beginTask(of: number)
    case 3 where stages[number] == .accepted: try endTask(of: number)
    case 4...5 where stages[number] == .accepted: try pauseOrResume(number)
    case 6 where stages[number] == .accepted:
      try watch.decide(number, granted: Bool.random(using: &random))
      stages[number] = .decided
    case 7 where stages[number] == .accepted && Int.random(in: 0..<3, using: &random) == 0:
      try watch.tell(ApprovalV1.CaseWithdrawn(number: number), number)
      stages[number] = .over
    default: try advance(number)
    }
  }

  private mutating func advance(_ number: String) throws {
    switch stages[number, default: .new] {
    case .new:
      try watch.submit(number)
      stages[number] = .submitted
    case .submitted:
      let days = UInt32.random(in: 2...12, using: &random)
      try watch.accept(
        number,
        legal: Bool.random(using: &random) ? .init(amount: 14, unit: .workingDay) : nil,
        promise: .init(amount: days, unit: .workingDay)
      )
      stages[number] = .accepted
    case .accepted, .decided, .over: break
    }
  }

  private mutating func beginTask(of number: String) throws {
    serial += 1
    let id = "T\(serial)"
    let due = Self.weekdays.filter { $0 > today }.randomElement(using: &random) ?? "2026-10-12"
    try watch.task(id, of: number, due: due)
    tasks[number, default: []].append(id)
  }

  private mutating func endTask(of number: String) throws {
    guard let id = tasks[number]?.popLast() else { return }
    try watch.done(id, of: number)
  }

  private mutating func pauseOrResume(_ number: String) throws {
    let stopsLegal = number != "D"
    func procedure(_ id: String, from: String, until: String) -> ApprovalV1.SpecialProcedure {
      ApprovalV1.SpecialProcedure(
        id: id,
        kind: .expertReview,
        startedOn: from,
        plannedEndOn: "2026-10-08",
        endedOn: until,
        stopsLegal: stopsLegal,
        stopsPromise: true
      )
    }
    if let open = paused.removeValue(forKey: number) {
      let ended = procedure(open.id, from: open.on, until: today)
      try watch.tell(ApprovalV1.SpecialProcedureEnded(number: number, procedure: ended), number)
    } else {
      serial += 1
      paused[number] = ("P\(serial)", today)
      let begun = procedure("P\(serial)", from: today, until: "")
      try watch.tell(ApprovalV1.SpecialProcedureStarted(number: number, procedure: begun), number)
    }
  }

  /// All that was told of a case, clock by clock, and how its clocks stand at the end.
  ///
  /// Not who was told: that is who is responsible when a level is found.
  func account(of number: String) throws -> [String] {
    let alerts = try watch.alerts().filter { $0.subject == number }
    let clocks = Dictionary(grouping: alerts) { "\($0.kind) \($0.taskId)" }
    let told = clocks.sorted { $0.key < $1.key }.flatMap(\.value).map { alert in
      "\(watch.line(alert)) \(alert.taskId) \(alert.dueOn) r\(alert.dueRevision) "
        + "\(alert.clearedIds)"
    }
    guard stages[number] != nil else { return told }
    let stand = try watch.clocks(number).compactMap(\.clock).map { clock in
      "\(clock.kind) \(clock.taskId) due \(clock.dueOn) r\(clock.dueRevision) \(clock.light) "
        + "closed \(clock.closedOn)"
    }
    return told + stand
  }

  /// What `verify` finds.
  func verify() -> [StoredFault] { watch.room.verify() }

  /// What the statistics say.
  func statistics() throws -> MonitoringV1.GetStatisticsResponse {
    try watch.room.call(
      MonitoringV1.MonitoringService.getStatistics,
      MonitoringV1.GetStatisticsRequest(from: "2026-09-01", to: "2026-10-31"),
      as: Watch.manager
    )
  }
}

@Suite struct `A house that was away` {
  @Test(arguments: [UInt64](1...60))
  func `M4: tells of the same, case by case, as one that was there`(_ seed: UInt64) throws {
    let there = try Month(seed: seed, isAway: false)
    let away = try Month(seed: seed, isAway: true)
    for number in ["A", "B", "C", "D"] {
      let (one, other) = (try there.account(of: number), try away.account(of: number))
      #expect(one == other, "\(number): \(other.difference(from: one))")
    }
    #expect(try there.statistics() == away.statistics())
    #expect(there.verify().isEmpty && away.verify().isEmpty)
  }

  @Test(arguments: ["there", "away", "late"])
  func `M4: reckons by the calendar that held, however late it hears`(_ way: String) throws {
    let watch = try Watch()
    func ten(_ iso: String) throws -> Instant {
      LegalTime.beijing.start(of: try #require(Day(iso: iso)))
        .advanced(byMilliseconds: 10 * 3_600_000)
    }
    func calendars() throws {
      watch.room.clock.set(try ten("2026-09-23"))
      if way == "there" { watch.room.settle() }
      // Alone it would give 09-22, which is over, so that today is held.
      try watch.calendar(version: 2, work: ["2026-09-19"])
      watch.room.clock.set(try ten("2026-09-24"))
      if way == "there" { watch.room.settle() }
      try watch.calendar(version: 3, off: ["2026-09-28"])
    }
    watch.room.isAway = way == "away"
    // The re-datings are over when intake is heard of.
    if way == "late" { try calendars() }
    watch.room.isAway = way != "there"
    watch.room.clock.set(try ten("2026-09-14"))
    try watch.accept(legal: nil)
    if way != "late" { try calendars() }
    watch.room.clock.set(try ten("2026-09-29"))
    watch.room.isAway = false
    try watch.room.crash()
    #expect(
      try watch.lines() == [
        "promise yellow 2026-09-21T00:00:00+08:00", "promise orange 2026-09-23T00:00:00+08:00",
        "promise red 2026-09-24T00:00:00+08:00",
      ]
    )
    let clock = try watch.clock(.promise)
    #expect(clock?.dueOn == "2026-09-23" && clock?.dueRevision == 1)
    let versions = try watch.room.engine.store.read { snapshot in
      try snapshot.rows("SELECT calendar_version FROM clock WHERE is_open = 1", []) { $0.int(0) }
    }
    #expect(versions == [3])
  }

  @Test func `what is heard of late does not take a re-dating back`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-18")
    try watch.calendar(version: 2, off: ["2026-09-28"])
    watch.room.isAway = true
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 86_400_000))
    try watch.task("T1", of: Watch.number, due: "2026-09-22")
    try watch.pause(from: "2026-09-15", planned: "2026-09-30")
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 7 * 86_400_000))
    watch.room.isAway = false
    try watch.room.crash()
    let clocks = try watch.room.engine.store.read { snapshot in
      try snapshot.rows(
        "SELECT calendar_version, paused_from FROM clock WHERE is_open = 1",
        []
      ) { [$0.int(0), $0.int(1)] }
    }
    let tuesday = try #require(Day(iso: "2026-09-15")).epochDay
    #expect(clocks == Array(repeating: [2, Int(tuesday)], count: 3))
  }
}
