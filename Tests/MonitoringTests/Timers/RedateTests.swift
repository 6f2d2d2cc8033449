import Kernel
import Messages
import Simulation
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
}
