import Kernel
import Messages
import Simulation
import TestSupport
import Testing

@Suite struct `Special procedures` {
  @Test func `M2: end the alerts, make the clock grey, and move the due day with its revision`()
    throws
  {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-21")
    #expect(try watch.clock(.promise)?.light == .yellow)
    try watch.pause(from: "2026-09-21", planned: "2026-09-28")
    let cleared = try watch.alerts().last
    #expect(cleared?.clearedIds == ["\(Watch.number):promise:yellow:1"])
    #expect(try watch.clock(.promise)?.light == .grey)
    #expect(try watch.clock(.promise)?.dueRevision == 1)
    #expect(try watch.clock(.promise)?.remaining == 3)
    watch.room.advance(toDay: "2026-09-28")
    #expect(try watch.alerts().count == 2)
    try watch.resume(from: "2026-09-21", planned: "2026-09-28", on: "2026-09-28")
    let clock = try #require(try watch.clock(.promise))
    // Stopped on 09-21 to 09-24: four working days, so three are left from 09-28 on.
    #expect(clock.dueOn == "2026-09-30")
    #expect(clock.dueRevision == 2)
    watch.room.advance(toDay: "2026-10-08")
    #expect(
      try watch.lines(["promise"]).dropFirst(2) == [
        "promise yellow 2026-09-28T00:00:00+08:00", "promise orange 2026-09-30T00:00:00+08:00",
        "promise red 2026-10-08T00:00:00+08:00",
      ]
    )
    #expect(try watch.alerts().suffix(3).allSatisfy { $0.dueRevision == 2 })
  }

  @Test func `M4: tell first of a level of the day on which they begin, after a downtime too`()
    throws
  {
    let watch = try Watch()
    try watch.accept()
    // Nobody worked from 09-14 on; the pause of 09-21 at 10:00 waits in approval's feed.
    watch.room.clock.advance(byMilliseconds: (7 * 24 + 1) * 3_600_000)
    try watch.pause(from: "2026-09-21", planned: "2026-09-28")
    #expect(
      try watch.lines() == [
        "promise yellow 2026-09-21T00:00:00+08:00", "promise cleared 2026-09-21T10:00:00+08:00",
      ]
    )
    #expect(try watch.alerts().last?.clearedIds == ["\(Watch.number):promise:yellow:1"])
    #expect(try watch.clock(.promise)?.light == .grey)
    watch.room.advance(toDay: "2026-09-28")
    #expect(try watch.alerts().count == 2)
  }

  @Test func `that move no due day leave the revision`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-16")
    try watch.pause(from: "2026-09-16", planned: "2026-09-18")
    try watch.resume(from: "2026-09-16", planned: "2026-09-18", on: "2026-09-16")
    #expect(try watch.clock(.promise)?.dueRevision == 1)
    watch.room.advance(toDay: "2026-09-24")
    #expect(try watch.lines(["promise"]).count == 3)
  }

  @Test func `past their planned end are stale: yellow, and ended by the end`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.pause(from: "2026-09-15", planned: "2026-09-17")
    watch.room.advance(toDay: "2026-09-17")
    #expect(try watch.lines().isEmpty)
    watch.room.advance(toDay: "2026-09-18")
    #expect(try watch.lines() == ["stale_pause yellow 2026-09-18T00:00:00+08:00"])
    #expect(try watch.clock(.promise)?.light == .yellow)
    try watch.resume(from: "2026-09-15", planned: "2026-09-17", on: "2026-09-18")
    #expect(try watch.alerts().last?.clearedIds == [try watch.alerts()[0].id])
  }

  @Test func `that begin after the due day heal no breach`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-24")
    try watch.pause(from: "2026-09-24", planned: "2026-09-28")
    #expect(try watch.clock(.promise)?.light == .red)
    #expect(try watch.alerts().allSatisfy { $0.kind != .promise || $0.level != .cleared })
  }

  @Test func `that ended in time are never stale`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.pause(from: "2026-09-15", planned: "2026-09-17")
    watch.room.advance(toDay: "2026-09-16")
    try watch.resume(from: "2026-09-15", planned: "2026-09-17", on: "2026-09-16")
    watch.room.advance(toDay: "2026-09-19")
    #expect(try watch.lines(["stale_pause"]).isEmpty)
  }
}
