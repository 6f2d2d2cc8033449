import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Levels of a case` {
  private static let levels = [
    "promise yellow 2026-09-21T00:00:00+08:00",
    "promise orange 2026-09-23T00:00:00+08:00",
    "promise red 2026-09-24T00:00:00+08:00",
    "legal purple 2026-10-19T00:00:00+08:00",
  ]

  @Test func `are told at 00:00 of their days, with the due instants at 24:00`() throws {
    let watch = try Watch()
    try watch.accept()
    for day in ["2026-09-20", "2026-09-21", "2026-09-23", "2026-09-24", "2026-10-18"] {
      watch.room.advance(toDay: day)
    }
    #expect(try watch.lines() == Array(Self.levels.dropLast()))
    watch.room.advance(toDay: "2026-10-19")
    #expect(try watch.lines() == Self.levels)

    let alerts = try watch.alerts()
    let due = alerts.map { $0.dueAt.map { LegalTime.beijing.text($0.instant) } ?? "" }
    #expect(due.prefix(3).allSatisfy { $0 == "2026-09-24T00:00:00+08:00" })
    #expect(due.last == "2026-10-17T00:00:00+08:00")
    #expect(alerts.map(\.dueOn) == ["2026-09-23", "2026-09-23", "2026-09-23", "2026-10-16"])
    #expect(alerts.allSatisfy { $0.time == $0.discoveredAt })
    #expect(
      alerts.map(\.id) == [
        "\(Watch.number):promise:yellow:1", "\(Watch.number):promise:orange:1",
        "\(Watch.number):promise:red:1", "\(Watch.number):legal:purple:1",
      ]
    )
  }

  @Test func `M6: are all cleared by name when the case is decided, one alert a kind`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-10-20")
    let raised = try watch.alerts().map(\.id)
    try watch.decide()
    let cleared = try watch.alerts().filter { $0.level == .cleared }
    #expect(cleared.map(\.clearedIds) == [Array(raised.prefix(3)), [raised[3]]])
    #expect(cleared.map(\.kind) == [.promise, .legal])
    #expect(cleared.first?.recipients.contains("role:leader") == true)
    #expect(cleared.last?.recipients.contains("role:supervisor") == true)
    watch.room.advance(toDay: "2026-10-22")
    #expect(try watch.alerts().count == 6)
  }

  @Test(arguments: [false, true])
  func `M6: that they are over goes to all who were told, whoever has the task by then`(
    areOfAnOlderProgram: Bool
  ) throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-30")
    watch.room.advance(toDay: "2026-09-24")
    let told = try watch.alerts().filter { $0.kind == .promise }.last?.recipients
    #expect(told == ["post:H1", "role:clerk", "post:C1", "role:leader", "role:hall_manager"])
    try watch.done("T-1")
    var task = Watch.task("T-2", of: Watch.number, due: "2026-10-09")
    task.postCode = "H2"
    try watch.tell(ApprovalV1.TaskOpened(task: task, startedOn: "2026-09-24"), Watch.number)
    if areOfAnOlderProgram {
      let erased = watch.room.engine.store.batch([
        { transaction in try transaction.execute("UPDATE alert SET recipients = ''") }
      ])
      #expect(erased.first?.failure == nil)
    }
    try watch.decide()
    let cleared = try watch.alerts().last { $0.kind == .promise && $0.level == .cleared }
    let handler = areOfAnOlderProgram ? "post:H2" : "post:H1"
    #expect(cleared?.recipients == [handler] + (told ?? []).dropFirst())
  }

  @Test func `M4: are told in order and once each after a downtime, with both times`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.room.crash()
    watch.room.advance(toDay: "2026-10-20")
    #expect(try watch.lines() == Self.levels)
    let found = try watch.alerts().compactMap { $0.discoveredAt?.instant }
    #expect(Set(found) == [watch.room.clock.now])
    try watch.room.crash()
    watch.room.settle()
    #expect(try watch.lines() == Self.levels)
  }

  @Test func `M4: of several cases are told in the order of time after a downtime`() throws {
    let watch = try Watch()
    try watch.accept("A", legal: nil)
    try watch.accept("B", legal: nil, promise: .init(amount: 7, unit: .workingDay))
    try watch.accept("C", legal: nil, promise: .init(amount: 3, unit: .workingDay))
    try watch.room.crash()
    watch.room.advance(toDay: "2026-10-20")
    let told = try watch.alerts()
    #expect(told.count == 9)
    let times = told.compactMap { $0.time?.instant }
    #expect(times == times.sorted())
    #expect(Set(told.map(\.id)).count == 9)
  }

  @Test func `have one timer a clock, however many are to come`() throws {
    let watch = try Watch()
    try watch.accept()
    #expect(try watch.timers() == ["2026-09-21T00:00:00+08:00", "2026-10-19T00:00:00+08:00"])
    watch.room.advance(toDay: "2026-09-21")
    #expect(try watch.timers() == ["2026-09-23T00:00:00+08:00", "2026-10-19T00:00:00+08:00"])
    watch.room.advance(toDay: "2026-09-24")
    #expect(try watch.timers() == ["2026-10-19T00:00:00+08:00"])
  }

  /// A case as an older program left it, which set a timer for each level at once.
  private func older() throws -> Watch {
    let watch = try Watch()
    try watch.accept()
    let outcomes = watch.room.engine.store.batch([
      { transaction in
        for day in ["2026-09-23", "2026-09-24"] {
          guard let due = Day(iso: day) else { continue }
          // One of the present stamp, and one that a pause has made void.
          for stamp in [Int64(1), 0] {
            try transaction.setTimer(
              kind: "level",
              subject: "1",
              stamp: stamp,
              due: LegalTime.beijing.start(of: due),
              hall: Room.hall
            )
          }
        }
      }
    ])
    #expect(outcomes.allSatisfy { $0.failure == nil })
    #expect(try watch.timers().count == 6)
    return watch
  }

  @Test func `are told once where an older program set a timer for each at once`() throws {
    let watch = try older()
    for day in ["2026-09-21", "2026-09-23", "2026-09-24", "2026-10-19"] {
      watch.room.advance(toDay: day)
    }
    #expect(try watch.lines() == Self.levels)
    #expect(try watch.timers() == [])
  }

  @Test func `are told once by an older program's timers after a downtime too`() throws {
    let watch = try older()
    try watch.room.crash()
    watch.room.advance(toDay: "2026-10-20")
    #expect(try watch.lines() == Self.levels)
    #expect(try watch.timers() == [])
  }

  @Test func `that an older program told out of turn do not leave the light behind`() throws {
    let watch = try older()
    // Yellow had failed while orange was told; when it was told, orange's timer was gone.
    let orange = LegalTime.beijing.start(of: try #require(Day(iso: "2026-09-23")))
    watch.room.advance(toDay: "2026-09-23")
    let outcomes = watch.room.engine.store.batch([
      { transaction in
        try transaction.execute(
          "UPDATE clock SET light = 2, next_at = ? WHERE id = 1",
          [Value(orange)]
        )
      }
    ])
    #expect(outcomes.allSatisfy { $0.failure == nil })
    watch.room.advance(toDay: "2026-09-24")
    #expect(try watch.lines() == Array(Self.levels.prefix(3)))
    let kept = try watch.room.engine.store.read { snapshot in
      try snapshot.first("SELECT light, next_at FROM clock WHERE id = 1", []) { row in
        (row.int(0), row.optionalInstant(1))
      }
    }
    #expect(kept?.0 == 4 && kept?.1 == nil)
  }

  @Test func `M4: reached before a decision are told, though it is read before the timers`() throws
  {
    let watch = try Watch()
    try watch.accept()
    // Nobody worked while the days passed; the decision waits in approval's feed.
    watch.room.clock.advance(byMilliseconds: 10 * 86_400_000)
    try watch.decide()
    #expect(
      try watch.lines() == Self.levels.prefix(3) + ["promise cleared 2026-09-24T09:00:00+08:00"]
    )
    let alerts = try watch.alerts()
    #expect(alerts.last?.clearedIds == alerts.dropLast().map(\.id))
    watch.room.advance(toDay: "2026-10-01")
    #expect(try watch.lines(["promise", "legal"]).count == 4)
  }

  @Test func `of one term for promise and limit meet: red and purple on one day`() throws {
    let watch = try Watch()
    try watch.accept(promise: .init(amount: 20, unit: .workingDay))
    watch.room.advance(toDay: "2026-10-20")
    #expect(
      try watch.lines() == [
        "promise yellow 2026-10-12T00:00:00+08:00",
        "promise orange 2026-10-16T00:00:00+08:00",
        "promise red 2026-10-19T00:00:00+08:00",
        "legal purple 2026-10-19T00:00:00+08:00",
      ]
    )
  }

  @Test func `meet also where the promise's timer was set last, over a downtime too`() throws {
    for isDown in [false, true] {
      let watch = try Watch()
      try watch.accept(promise: .init(amount: 20, unit: .workingDay))
      if isDown {
        try watch.room.crash()
      } else {
        // Red's timer is set when orange is told, long after that of purple.
        for day in ["2026-10-12", "2026-10-16"] { watch.room.advance(toDay: day) }
      }
      watch.room.advance(toDay: "2026-10-19")
      #expect(
        try watch.lines().suffix(2) == [
          "promise red 2026-10-19T00:00:00+08:00", "legal purple 2026-10-19T00:00:00+08:00",
        ]
      )
      #expect(try watch.timers() == [])
    }
  }

  @Test func `meet also where a pause of the promise alone moves it to the limit's day`() throws {
    let watch = try Watch()
    try watch.accept(promise: .init(amount: 17, unit: .workingDay))
    watch.room.advance(toDay: "2026-09-16")
    try watch.pause(from: "2026-09-16", planned: "2026-09-30", stopsLegal: false)
    watch.room.advance(toDay: "2026-09-24")
    try watch.resume(from: "2026-09-16", planned: "2026-09-30", on: "2026-09-24", stopsLegal: false)
    for day in ["2026-10-12", "2026-10-16", "2026-10-19"] { watch.room.advance(toDay: day) }
    #expect(
      try watch.lines().suffix(2) == [
        "promise red 2026-10-19T00:00:00+08:00", "legal purple 2026-10-19T00:00:00+08:00",
      ]
    )
  }

  @Test func `of an acceptance that is told late are told with their true times`() throws {
    let watch = try Watch()
    watch.room.advance(toDay: "2026-09-22")
    try watch.accept(on: "2026-09-14")
    #expect(try watch.lines() == [Self.levels[0]])
    #expect(try watch.alerts().first?.discoveredAt?.instant == watch.room.clock.now)
  }

  @Test func `name the post, the person on duty and those who are told`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    try watch.claim("T-1", by: "handler-b")
    watch.room.advance(toDay: "2026-09-24")
    let promise = try watch.alerts().filter { $0.kind == .promise }
    #expect(promise.map(\.postCode) == ["H1", "H1", "H1"])
    #expect(promise.map(\.responsible) == ["handler-b", "handler-b", "handler-b"])
    #expect(
      promise.map(\.recipients) == [
        ["post:H1", "role:clerk"], ["post:H1", "role:clerk", "post:C1"],
        ["post:H1", "role:clerk", "post:C1", "role:leader", "role:hall_manager"],
      ]
    )
    #expect(promise.allSatisfy { $0.departmentCode == "001" && $0.itemCode == "X1" })
  }
}
