import Kernel
import Messages
import Service
import Simulation
import TestSupport
import Testing

/// Followed entries that come quickly are applied together.
@Suite struct GatherTests {
  /// A room that gathers for 50 ms.
  private func room() throws -> Room {
    var settings = Engine.Settings()
    settings.gather = 50
    settings.entries = 40
    return try Room(.echo, settings: settings)
  }

  private func offer(_ text: String, to room: Room, from upstream: String = "catalogue") throws {
    let message = ProbeV1.EchoWriteResponse(text: text)
    try room.offer(message, subject: text, from: upstream)
  }

  /// Entries that come at once, and take effect in one transaction.
  private func rush(_ count: Int, to room: Room) throws {
    _ = room.engine.hold("a", forMilliseconds: 60_000) {}
    for number in 1...count { try offer("\(number)", to: room) }
    _ = room.engine.release("a")
    room.settle()
    #expect(room.engine.followers[0].lag == 0)
  }

  private func later(_ milliseconds: Int64) -> Instant {
    Room.opening.advanced(byMilliseconds: milliseconds)
  }

  @Test func `the first entries after a pause take effect at once`() throws {
    let room = try room()
    for number in 1...15 {
      try offer("\(number)", to: room)
      #expect(room.engine.followers[0].applied == Int64(number))
    }
    try rush(15, to: room)
    try offer("next", to: room)
    #expect(room.engine.followers[0].lag == 0)
  }

  @Test func `entries that come quickly take effect together when the time is over`() throws {
    let room = try room()
    try rush(16, to: room)
    for number in 1...3 { try offer("more \(number)", to: room) }
    #expect(room.engine.followers[0].lag == 3)
    // The writer sleeps meanwhile, and no longer than that.
    #expect(!room.engine.hasWork && room.engine.pause(atMost: 1_000) == 50)
    room.advance(to: later(49))
    #expect(room.engine.followers[0].lag == 3 && room.engine.pause(atMost: 1_000) == 1)
    room.advance(to: later(50))
    #expect(room.engine.followers[0].lag == 0)
    // Three were no rush any more.
    try offer("last", to: room)
    #expect(room.engine.followers[0].lag == 0)
  }

  @Test func `a full transaction does not wait`() throws {
    let room = try room()
    try rush(20, to: room)
    for number in 1...39 { try offer("\(number)", to: room) }
    #expect(room.engine.followers[0].lag == 39)
    try offer("40", to: room)
    #expect(room.engine.followers[0].lag == 0)
  }

  @Test func `a call that wants to have seen an entry does not wait for the others`() throws {
    let room = try room()
    try rush(20, to: room)
    try offer("wanted", to: room)
    #expect(room.engine.followers[0].lag == 1)
    let seen = try room.call(
      ProbeV1.ProbeService.echoRead,
      .init(),
      as: .anybody,
      fields: ["onedoor-at-least": "catalogue=21"]
    )
    #expect(seen.text.hasSuffix("catalogue:wanted"))
  }

  @Test func `a timer that is due does not wait, nor come before what is known`() throws {
    let room = try room()
    let clerk = Identity.official(.clerk, "u-k01-a")
    _ = try room.call(ProbeV1.ProbeService.echoWrite, .init(text: "later"), as: clerk)
    room.advance(to: later(3_599_990))
    try rush(20, to: room)
    try offer("before", to: room)
    #expect(room.engine.followers[0].lag == 1)
    room.advance(to: later(3_600_000))
    let said = try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
    #expect(said.hasSuffix("catalogue:before fired"))
  }

  @Test func `a clock that was set back ends the wait`() throws {
    let room = try room()
    room.advance(to: later(1_000))
    try rush(20, to: room)
    try offer("next", to: room)
    #expect(room.engine.followers[0].lag == 1)
    room.advance(to: later(999))
    #expect(room.engine.followers[0].lag == 0)
  }

  @Test func `a call that waits for what is not here does not hurry the rest`() throws {
    let room = try room()
    try rush(20, to: room)
    let far = try room.begin(
      ProbeV1.ProbeService.echoRead,
      .init(),
      as: .anybody,
      fields: ["onedoor-at-least": "catalogue=99"]
    )
    try offer("next", to: room)
    #expect(room.engine.followers[0].lag == 1 && far.answer == nil)
    room.advance(to: later(50))
    #expect(room.engine.followers[0].lag == 0)
  }

  @Test func `entries that waited for their cause are no rush`() throws {
    let room = try room()
    _ = room.engine.hold("a", forMilliseconds: 60_000) {}
    for number in 1...20 {
      try room.offer(
        ProbeV1.EchoWriteResponse(text: "\(number)"),
        subject: "\(number)",
        from: "catalogue",
        reflects: ["approval": 1]
      )
    }
    try offer("cause", to: room, from: "approval")
    _ = room.engine.release("a")
    room.settle()
    #expect(room.engine.followers.map(\.lag) == [0, 0])
  }
}
