import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `A new calendar` {
  @Test func `moves open due days in both directions, and not closed ones`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.accept("B")
    try watch.decide("B")
    try watch.calendar(version: 2, off: ["2026-09-18"])
    #expect(try watch.clock(.promise)?.dueOn == "2026-09-24")
    #expect(try watch.clock(.promise)?.dueRevision == 2)
    #expect(try watch.clock(.promise, of: "B")?.dueOn == "2026-09-23")
    try watch.calendar(version: 3)
    #expect(try watch.clock(.promise)?.dueOn == "2026-09-23")
    #expect(try watch.clock(.promise)?.dueRevision == 3)
    watch.room.advance(toDay: "2026-09-21")
    #expect(try watch.lines() == ["promise yellow 2026-09-21T00:00:00+08:00"])
    #expect(try watch.alerts().first?.dueRevision == 3)
  }

  @Test func `moves the clocks of more cases than one step takes`() throws {
    let watch = try Watch()
    let numbers = (100..<230).map { "C\($0)" }
    for number in numbers { try watch.accept(number) }
    try watch.calendar(version: 2, off: ["2026-09-18"])
    for number in numbers {
      #expect(try watch.clock(.promise, of: number)?.dueOn == "2026-09-24")
      #expect(try watch.clock(.legal, of: number)?.dueOn == "2026-10-19")
    }
  }

  /// Clocks as they stand while a new calendar is known and their re-dating is under way.
  private func interrupted(at subject: String) throws -> Watch {
    let watch = try Watch()
    for number in ["A", "B", "C"] { try watch.accept(number) }
    try watch.calendar(version: 2)
    let due = watch.room.clock.now
    let outcomes = watch.room.engine.store.batch([
      { transaction in
        try transaction.execute("UPDATE clock SET calendar_version = 1", [])
        try transaction.setTimer(
          kind: "redate",
          subject: subject,
          stamp: 2,
          due: due,
          hall: Room.hall
        )
      }
    ])
    #expect(outcomes.allSatisfy { $0.failure == nil })
    watch.room.settle()
    return watch
  }

  private func versions(_ watch: Watch) throws -> [Int] {
    try watch.room.engine.store.read { snapshot in
      try snapshot.rows("SELECT calendar_version FROM clock ORDER BY due_on, id", []) { $0.int(0) }
    }
  }

  @Test(arguments: ["", "B", "20260 x", "1 2 3"])
  func `begins anew where an older program, which went by case, was interrupted`(
    _ subject: String
  ) throws {
    #expect(try versions(try interrupted(at: subject)) == [2, 2, 2, 2, 2, 2])
  }

  @Test func `goes on behind the clock at which it was interrupted`() throws {
    // The promises are due on 2026-09-23, behind them the limits: the last promise is behind.
    let day = try #require(Day(iso: "2026-09-23")).epochDay
    let watch = try interrupted(at: "\(day) 3")
    // Case C whole, and the limits, each with the promise of its case.
    #expect(try versions(watch) == [2, 2, 2, 2, 2, 2])
    let rest = try interrupted(at: "30000 1")
    #expect(try versions(rest) == [1, 1, 1, 1, 1, 1])
  }

  @Test func `M4: of a downtime has all told in the order of time`() throws {
    let watch = try Watch()
    try watch.accept("A", legal: nil)
    try watch.accept("B", legal: nil, promise: .init(amount: 10, unit: .workingDay))
    // A is yellow since 09-21 when a calendar comes that moves it; then nobody works.
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 7 * 86_400_000))
    try watch.calendar(version: 2, off: ["2026-09-22"], reflects: ["intake": 3])
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 14 * 86_400_000))
    try watch.room.crash()
    try watch.accept("C", legal: nil)
    let told = try watch.alerts().filter { $0.subject != "C" }
    #expect(told.count >= 6)
    let times = told.compactMap { $0.time?.instant }
    #expect(times == times.sorted())
    #expect(Set(told.map(\.subject)) == ["A", "B"])
  }

  @Test func `makes no case overdue in retrospect`() throws {
    let watch = try Watch()
    try watch.accept(legal: nil)
    watch.room.advance(toDay: "2026-09-23")
    try watch.calendar(version: 2, work: ["2026-09-19"])
    // Alone it would give 09-22.
    #expect(try watch.clock(.promise)?.dueOn == "2026-09-23")
    #expect(try watch.clock(.promise)?.light == .orange)
  }

  @Test func `ends alerts of due days that moved`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-21")
    try watch.calendar(version: 2, off: ["2026-09-22", "2026-09-23"])
    let cleared = try watch.alerts().first { $0.level == .cleared }
    #expect(cleared?.clearedIds == ["\(Watch.number):promise:yellow:1"])
    #expect(cleared?.kind == .promise)
  }

  @Test(
    arguments: TextTable(
      columns: 2,
      """
      2026-09-18 none                                 # nothing was reached when it came
      2026-09-21 yellow@21T00,cleared@21T10,yellow@21T10 # then moved, and warned of again
      """
    ).rows
  )
  func `M4: after a downtime, holds from the instant at which it came`(
    _ row: TextTable.Row
  ) throws {
    let watch = try Watch()
    try watch.accept()
    let came = try #require(Day(iso: row.columns[0]))
    let instant = LegalTime.beijing.start(of: came).advanced(byMilliseconds: 10 * 3_600_000)
    // It waits for what intake told before; then nobody works until 09-22.
    watch.room.clock.set(instant)
    let off = came.description == "2026-09-18" ? ["2026-09-21", "2026-09-22"] : ["2026-09-22"]
    try watch.calendar(version: 2, off: off, reflects: ["intake": 2])
    watch.room.clock.set(Room.opening.advanced(byMilliseconds: 8 * 86_400_000))
    try watch.room.crash()
    try watch.accept("B")
    let told = try watch.alerts().filter { $0.subject == Watch.number }
    let lines = told.map { alert in
      let parts = watch.line(alert).split(separator: " ")
      return "\(parts[1])@\(parts[2].dropFirst(8).prefix(5))"
    }
    #expect(
      lines
        == (row.columns[1] == "none" ? [] : row.columns[1].split(separator: ",").map(String.init))
    )
    #expect(told.allSatisfy { $0.discoveredAt?.instant == watch.room.clock.now })
    #expect(try watch.clock(.promise)?.dueRevision == 2)
  }
}
