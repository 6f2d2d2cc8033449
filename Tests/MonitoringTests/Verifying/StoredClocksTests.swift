import Kernel
import Messages
import Service
import Simulation
import Storage
import Testing

@testable import Monitoring

@Suite struct `Verifying monitoring` {
  @Test func `what monitoring wrote itself is sound, from opening to closing`() throws {
    let watch = try Watch()
    try watch.submit()
    #expect(watch.room.verify() == [])
    try watch.accept()
    try watch.task("T", due: "2026-09-17")
    #expect(watch.room.verify() == [])
    watch.room.advance(toDay: "2026-09-15")
    try watch.done("T")
    watch.room.advance(toDay: "2026-09-16")
    try watch.pause(from: "2026-09-16", planned: "2026-09-17")
    watch.room.advance(toDay: "2026-09-18")
    #expect(watch.room.verify() == [])
    try watch.resume(from: "2026-09-16", planned: "2026-09-17", on: "2026-09-18")
    #expect(watch.room.verify() == [])
    watch.room.advance(toDay: "2026-09-24")
    try watch.calendar(version: 2, off: ["2026-09-28"])
    #expect(watch.room.verify() == [])
    watch.room.advance(toDay: "2026-10-21")
    #expect(watch.room.verify() == [])
    try watch.decide()
    try watch.calendar(version: 3)
    #expect(watch.room.verify() == [])
  }

  @Test(
    arguments: [
      "due_on = due_on + 1", "yellow_on = yellow_on - 1", "late_on = late_on + 1",
      "paused_from = due_on",
    ]
  )
  func `a derived day that was changed is found, open or closed`(change: String) throws {
    let watch = try Watch()
    try watch.accept()
    try watch.accept("B")
    try watch.decide("B")
    for number in [Watch.number, "B"] {
      try watch.room.tamper(
        "UPDATE clock SET \(change) WHERE case_number = ? AND kind = 1",
        [.text(number)]
      )
    }
    let column = change.prefix { $0 != " " }
    #expect(
      watch.room.verify().map(\.subject)
        == ["\(Watch.number) promise \(column)", "B promise \(column)"]
    )
    #expect(watch.room.verify().allSatisfy { $0.what == .dueDay })
  }

  @Test(
    arguments: ["next_at = next_at + 1000", "next_at = NULL", "next_at = next_at - 86400000"]
  )
  func `the instant of the next level that was changed is found`(change: String) throws {
    let watch = try Watch()
    try watch.accept(legal: nil)
    try watch.room.tamper("UPDATE clock SET \(change)")
    let faults = watch.room.verify()
    #expect(faults.map(\.what) == [.level])
    #expect(faults.first?.expected == "2026-09-21T00:00:00+08:00")
  }

  @Test func `a closed clock that still waits for a level is found`() throws {
    let watch = try Watch()
    try watch.accept(legal: nil)
    try watch.decide()
    try watch.room.tamper("UPDATE clock SET next_at = 0 WHERE kind = 1")
    #expect(watch.room.verify().map(\.subject) == ["\(Watch.number) promise next_at"])
  }

  @Test func `a clock of another calendar than it names is found`() throws {
    let watch = try Watch()
    try watch.accept(legal: nil)
    try watch.calendar(version: 2, off: ["2026-09-18"])
    try watch.room.tamper("UPDATE clock SET calendar_version = 1")
    #expect(watch.room.verify().contains { $0.subject == "\(Watch.number) promise due_on" })
  }
}
