import Kernel
import Messages
import Simulation
import Storage
import TestSupport
import Testing

@testable import Service

/// A clock that is set back by an hour must not make anything wait for that hour.
@Suite struct ClockSetBackTests {
  let consumer = Identity.official(.consumer, "portal")
  let stream = ProbeV1.ProbeService.echoStream

  private let hour: Int64 = 3_600_000

  private func back(_ milliseconds: Int64 = 0) -> Instant {
    Room.opening.advanced(byMilliseconds: milliseconds - hour)
  }

  @Test func `a quiet stream goes on to have heartbeats`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    func texts() throws -> [String] {
      try room.messages(ProbeV1.EchoStreamResponse.self, of: reply).map(\.text)
    }
    #expect(try texts().isEmpty)
    room.clock.set(back())
    #expect(try texts() == ["tick"])
    room.clock.set(back(4_999))
    #expect(try texts().isEmpty)
    room.clock.set(back(5_000))
    #expect(try texts() == ["tick"])
  }

  @Test func `a reader that takes nothing is ended all the same`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    reply.pretend(backlog: ServiceLimits.streamBacklog + 1)
    room.settle()
    room.advance(to: back())
    room.advance(to: back(ServiceLimits.slowReader - 1))
    #expect(!reply.isFinished)
    room.advance(to: back(ServiceLimits.slowReader))
    #expect(reply.isFinished)
  }

  @Test func `timers wait no longer for an upstream that is silent`() throws {
    let room = try Room(.echo)
    let clerk = Identity.official(.clerk, "u-k01-a")
    _ = try room.call(ProbeV1.ProbeService.echoWrite, .init(text: "later"), as: clerk)
    let due = Room.opening.advanced(byMilliseconds: hour)
    func said() throws -> String {
      try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
    }
    room.engine.followers[0].lostSight()
    room.advance(to: due.advanced(byMilliseconds: hour))
    room.advance(to: due)
    #expect(try said() == "later")
    room.advance(to: due.advanced(byMilliseconds: ServiceLimits.catchUp - 1))
    #expect(try said() == "later")
    room.advance(to: due.advanced(byMilliseconds: ServiceLimits.catchUp))
    #expect(try said() == "later fired")
  }

  @Test func `an entry that failed is tried again`() throws {
    let room = try Room(.echo)
    try room.offer(ProbeV1.EchoWriteResponse(text: "refuse"), subject: "x", from: "catalogue")
    #expect(room.reports.all.count == 1)
    room.advance(to: back())
    #expect(room.reports.all.count == 2)
    room.advance(to: back(199))
    #expect(room.reports.all.count == 2)
    room.advance(to: back(200))
    #expect(room.reports.all.count == 3)
  }

  @Test func `a call that waits for a position is answered`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(
      ProbeV1.ProbeService.echoRead,
      .init(),
      as: .anybody,
      fields: ["onedoor-at-least": "catalogue=99"]
    )
    room.settle()
    room.advance(to: back())
    room.advance(to: back(ServiceLimits.positionWait - 1))
    #expect(reply.answer == nil)
    room.advance(to: back(ServiceLimits.positionWait))
    #expect(reply.answer?.status == 503)
  }

  @Test func `calls that were refused are told of`() {
    let refused = RefusedCalls(service: "intake", window: 60_000)
    refused.count(source: "a", method: "M", reason: "BYPASS", now: Room.opening)
    #expect(refused.take(now: back(), stamp: back()).isEmpty)
    #expect(refused.take(now: back(59_999), stamp: back()).isEmpty)
    #expect(refused.take(now: back(60_000), stamp: back()).map(\.entry.count) == [1])
  }

  /// docs/rules/intake.md, rule I9.
  @Test func `wrong codes count on when the clock goes back over midnight`() {
    let guardian = LookupGuard(.lookup)
    let (yesterday, today) = (Day(epochDay: 20_000), Day(epochDay: 20_001))
    let limit = ServiceLimits.wrongCodesPerNumber
    for _ in 1..<limit { guardian.failed("n", "s", on: today) }
    #expect(!guardian.isLocked("n", "s", on: yesterday))
    guardian.failed("n", "s", on: yesterday)
    #expect(guardian.isLocked("n", "s", on: yesterday))
    #expect(guardian.isLocked("n", "t", on: today))
    // A day further back all begins anew, and is not off until the day that was left comes.
    let before = Day(epochDay: 19_999)
    #expect(!guardian.isLocked("n", "s", on: before))
    for _ in 0..<limit { guardian.failed("n", "s", on: before) }
    #expect(guardian.isLocked("n", "s", on: before))
    #expect(!guardian.isLocked("n", "s", on: yesterday))
  }
}
