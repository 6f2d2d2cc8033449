import Kernel
import Messages
import Monitoring
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Cases whose turn to be re-dated has not come` {
  private func set(calendarVersion version: Int64, of number: String, _ watch: Watch) {
    let outcomes = watch.room.engine.store.batch([
      { transaction in
        try transaction.execute(
          "UPDATE clock SET calendar_version = ? WHERE case_number = ?",
          [.integer(version), .text(number)]
        )
      }
    ])
    #expect(outcomes.allSatisfy { $0.failure == nil })
  }

  @Test func `are held up by no other that cannot be re-dated`() throws {
    let watch = try Watch()
    for number in ["A", "B", "C"] { try watch.accept(number) }
    // By a calendar that nobody keeps.
    set(calendarVersion: 0, of: "A", watch)
    try watch.calendar(version: 2, off: ["2026-09-18"])
    for number in ["B", "C"] {
      #expect(try watch.clock(.promise, of: number)?.dueOn == "2026-09-24")
    }
    #expect(watch.room.engine.counts.now.failedTimers == ["redate-case": 1])
    watch.room.advance(toDay: "2026-09-22")
    #expect(Set(try watch.alerts().map(\.subject)) == ["B", "C"])
    // It is tried again until it can be done, and nothing of it is lost.
    set(calendarVersion: 1, of: "A", watch)
    watch.room.clock.advance(byMilliseconds: 300_000)
    watch.room.settle()
    #expect(try watch.clock(.promise, of: "A")?.dueOn == "2026-09-24")
    #expect(Set(try watch.alerts().map(\.subject)) == ["A", "B", "C"])
  }

  /// What of the first case is told, if all that happens reaches monitoring at once or only after a
  /// downtime.
  private func told(
    afterDowntime isDown: Bool,
    promise: Int,
    calendarOn day: String,
    off: [String],
    then event: (any Message)?,
    on later: String
  ) throws -> [String] {
    let watch = try Watch()
    let cases = ["A": promise, "B": promise + 2, "C": promise + 4]
    for (number, days) in cases.sorted(by: { $0.key < $1.key }) {
      let term = CommonV1.Term(amount: UInt32(days), unit: .workingDay)
      try watch.accept(number, legal: nil, promise: term)
    }
    // What reflects an entry of intake that nobody knows yet waits for it.
    let reflects: [String: Int64] = isDown ? ["intake": 4] : [:]
    func ten(_ iso: String) throws -> Instant {
      LegalTime.beijing.start(of: try #require(Day(iso: iso)))
        .advanced(byMilliseconds: 10 * 3_600_000)
    }
    watch.room.clock.set(try ten(day))
    if !isDown { watch.room.settle() }
    try watch.calendar(version: 2, off: off, reflects: reflects)
    watch.room.clock.set(try ten(later))
    // Timers wait for what is not known, but not for days.
    if isDown { try watch.room.crash() } else { watch.room.settle() }
    if let event {
      // Approval knew of the calendar.
      let known = reflects.merging(["catalogue": 4]) { $1 }
      try watch.room.offer(event, subject: "A", from: "approval", reflects: known)
    }
    watch.room.clock.set(try ten("2026-10-20"))
    if isDown { try watch.room.crash() }
    try watch.accept("Z", legal: nil)
    return try watch.alerts().filter { $0.subject != "Z" }.map { "\($0.subject) \(watch.line($0))" }
  }

  static let events: [(any Message)?] = [
    nil,
    ApprovalV1.CaseDecided(
      number: "A",
      decision: ApprovalV1.Decision(granted: false, decidedBy: "chief-a")
    ),
    ApprovalV1.CaseWithdrawn(number: "A"),
    ApprovalV1.SpecialProcedureStarted(
      number: "A",
      procedure: ApprovalV1.SpecialProcedure(
        id: "P1",
        kind: .expertReview,
        startedOn: "2026-09-24",
        plannedEndOn: "2026-10-30",
        stopsLegal: true,
        stopsPromise: true
      )
    ),
  ]

  @Test(arguments: events.indices, ["2026-09-18", "2026-09-24"])
  func `M4: are told of after a downtime as without one`(_ event: Int, _ calendarOn: String) throws
  {
    for off in [["2026-09-21", "2026-09-22"], ["2026-09-28"], []] {
      for promise in [4, 8] {
        let all = try [false, true].map { isDown in
          try told(
            afterDowntime: isDown,
            promise: promise,
            calendarOn: calendarOn,
            off: off,
            then: Self.events[event],
            on: "2026-09-24"
          )
        }
        if Self.events[event] == nil { #expect(all[0] == all[1]) }
        // What ends or moves a case tells of its levels before the timers of the others fire.
        for number in ["A ", "B ", "C "] {
          #expect(all[0].filter { $0.hasPrefix(number) } == all[1].filter { $0.hasPrefix(number) })
        }
        #expect(all[0].count > 5)
      }
    }
  }
}
