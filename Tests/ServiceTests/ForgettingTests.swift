import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

/// Answers go when their time is over.
@Suite struct ForgettingTests {
  private let minute: Int64 = 60_000

  /// A room that keeps answers for a second.
  private func room() throws -> Room {
    var settings = Engine.Settings()
    settings.idempotency = 1_000
    return try Room(.echo, settings: settings)
  }

  private func later(_ milliseconds: Int64) -> Instant {
    Room.opening.advanced(byMilliseconds: milliseconds)
  }

  /// Calls so many times, in one transaction.
  private func call(_ count: Int, in room: Room) throws {
    let clerk = Identity.official(.clerk, "u-k01-a")
    for _ in 0..<count {
      _ = try room.begin(ProbeV1.ProbeService.echoWrite, .init(text: "x"), as: clerk)
    }
    room.settle()
  }

  private func kept(_ room: Room) throws -> Int {
    let all = IdempotencyKey(hall: "", subject: "", method: "", key: "")
    return try room.engine.store.read {
      try $0.idempotentAnswers(after: all, limit: 10_000).count
    }
  }

  @Test func `a busy service forgets more answers than it gives`() throws {
    let room = try room()
    try call(150, in: room)
    try call(150, in: room)
    #expect(try kept(room) == 300)
    room.clock.set(later(1_000))
    try call(100, in: room)
    #expect(try kept(room) == 300 - 200 + 100)
    try call(1, in: room)
    #expect(try kept(room) == 200 - 20 + 1)
  }

  @Test func `an idle service forgets them too, once a minute`() throws {
    let room = try room()
    try call(200, in: room)
    // It has looked just now.
    room.advance(to: later(minute - 1))
    #expect(try kept(room) == 200)
    let before = room.engine.counts.now.batches
    room.advance(to: later(minute))
    #expect(try kept(room) == 0)
    #expect(room.engine.counts.now.batches == before + 1)
  }

  @Test func `an idle service writes nothing if no answer's time is over`() throws {
    let room = try Room(.echo)
    try call(5, in: room)
    let before = room.engine.counts.now.batches
    for number in 1...5 { room.advance(to: later(Int64(number) * minute)) }
    #expect(room.engine.counts.now.batches == before)
    #expect(try kept(room) == 5)
  }

  @Test func `a clock that was set back ends the wait`() throws {
    let room = try room()
    room.advance(to: later(120 * minute))
    try call(3, in: room)
    room.advance(to: later(119 * minute))
    #expect(try kept(room) == 3)
    room.advance(to: later(120 * minute + 1_000))
    #expect(try kept(room) == 0)
  }
}
