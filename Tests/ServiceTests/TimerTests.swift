import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct TimerTests {
  let clerk = Identity.official(.clerk, "u-k01-a")
  let write = ProbeV1.ProbeService.echoWrite

  func said(_ room: Room) throws -> String {
    try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
  }

  @Test func `a timer fires once at its instant, also after a crash`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_599_999))
    #expect(try said(room) == "later")
    try room.crash()
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_600_000))
    #expect(try said(room) == "later fired")
    try room.crash()
    room.advance(to: Room.opening.advanced(byMilliseconds: 9_000_000))
    #expect(try said(room) == "later fired")
  }

  @Test func `the writer sleeps until the next timer at most`() throws {
    let room = try Room(.echo)
    #expect(room.engine.pause(atMost: 50) == 50)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    #expect(room.engine.pause(atMost: 50) == 50)
    room.clock.advance(byMilliseconds: 3_599_993)
    #expect(room.engine.pause(atMost: 50) == 7)
    room.clock.advance(byMilliseconds: 7)
    #expect(room.engine.pause(atMost: 50) == 1)
    room.engine.followers[0].lostSight()
    room.settle()
    // What waits for an upstream wakes nobody.
    #expect(room.engine.pause(atMost: 50) == 50)
    room.engine.followers[0].offer([], head: 0)
    room.settle()
    #expect(try said(room) == "later fired")
    #expect(room.engine.pause(atMost: 50) == 50)
  }

  @Test func `timers wait until each upstream was heard`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.engine.followers[0].lostSight()
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_600_000))
    #expect(try said(room) == "later")
    room.engine.followers[0].offer([], head: 0)
    room.settle()
    #expect(try said(room) == "later fired")
  }

  @Test func `timers do not wait longer than 5 s for an upstream that is silent`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.engine.followers[0].lostSight()
    let due = Room.opening.advanced(byMilliseconds: 3_600_000)
    // The wait began a second before the timer is due.
    room.advance(to: due.advanced(byMilliseconds: -1_000))
    room.advance(to: due.advanced(byMilliseconds: ServiceLimits.catchUp - 1_001))
    #expect(try said(room) == "later")
    room.advance(to: due.advanced(byMilliseconds: ServiceLimits.catchUp - 1_000))
    #expect(try said(room) == "later fired")
  }

  @Test func `it is told how long a timer is overdue`() throws {
    let room = try Room(.echo)
    #expect(room.engine.timerDelay == 0)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.clock.advance(byMilliseconds: 3_600_000)
    #expect(room.engine.timerDelay == 0)
    room.clock.advance(byMilliseconds: 1_500)
    #expect(room.engine.timerDelay == 1_500)
    room.settle()
    #expect(room.engine.timerDelay == 0)
  }

  @Test func `a timer that fails is counted by its kind, and is not overdue until its next try`()
    throws
  {
    var definition = Definition.echo
    definition.timers["later"] = { _, _ in throw StoreError.corrupt(detail: "cannot") }
    let room = try Room(definition)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_600_000))
    #expect(room.engine.counts.now.failedTimers == ["later": 1])
    #expect(room.engine.counts.now.timers == ["later": 1])
    #expect(room.engine.timerDelay == 0)
  }

  @Test func `timers that are due fire before the calls of their batch`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.clock.advance(byMilliseconds: 3_600_000)
    _ = try room.call(write, .init(text: "call"), as: clerk)
    #expect(try said(room) == "later fired call")
  }

  @Test func `a timer waits for what is known elsewhere, and no longer`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    room.clock.advance(byMilliseconds: 3_600_000)
    room.engine.followers[0].offer([], head: 1)
    room.engine.step()
    #expect(try room.engine.store.read { try $0.nextTimer() } != nil)
    #expect(room.engine.pause(atMost: 50) == 50)
    _ = room.engine.hold("a", forMilliseconds: 60_000) {}
    let message = ProbeV1.EchoWriteResponse(text: "known")
    try room.offer(message, subject: "known", from: "catalogue")
    _ = room.engine.release("a")
    room.engine.step()
    #expect(room.engine.followers[0].lag == 0)
    // It is due, and nothing that it would have to wait for is missing any more.
    #expect(room.engine.pause(atMost: 50) == 1)
    room.engine.step()
    #expect(try said(room) == "later catalogue:known fired")
  }
}
