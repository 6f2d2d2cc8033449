import Kernel
import Messages
import Service
import Simulation
import Storage
import Synchronization
import TestSupport
import Testing

/// Followers that are held for a backup.
@Suite struct HoldTests {
  let clerk = Identity.official(.clerk, "u-k01-a")
  let write = ProbeV1.ProbeService.echoWrite

  private func said(_ room: Room) throws -> String {
    try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
  }

  private func offer(_ text: String, to room: Room) throws {
    let message = ProbeV1.EchoWriteResponse(text: text)
    try room.offer(message, subject: text, from: "catalogue")
  }

  private func isGranted(_ result: Result<Hold, Engine.HoldRefusal>) -> Bool {
    if case .success = result { true } else { false }
  }

  @Test func `entries of others wait while calls are answered`() throws {
    let room = try Room(.echo)
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    try offer("one", to: room)
    try offer("two", to: room)
    _ = try room.call(write, .init(text: "called"), as: clerk)
    room.settle()
    #expect(try said(room) == "called")
    #expect(room.engine.followers[0].lag == 2 && room.engine.isHeld)
    // Nothing to be done at once, or the writer would never sleep.
    #expect(!room.engine.hasWork)
    #expect(room.engine.release("a") == 0)
    room.settle()
    #expect(try said(room) == "called catalogue:one catalogue:two")
  }

  @Test func `whoever holds is told only after the step that was under way`() throws {
    let room = try Room(.echo)
    let told = Mutex(0)
    _ = room.engine.hold("a", forMilliseconds: 1_000) { told.withLock { $0 += 1 } }
    #expect(told.withLock { $0 } == 0 && room.engine.hasWork)
    try offer("one", to: room)
    room.engine.step()
    #expect(told.withLock { $0 } == 1)
    #expect(try said(room).isEmpty)
    room.engine.step()
    #expect(told.withLock { $0 } == 1)
  }

  @Test func `timers wait, and then for what was recorded meanwhile`() throws {
    let room = try Room(.echo)
    _ = try room.call(write, .init(text: "later"), as: clerk)
    _ = room.engine.hold("a", forMilliseconds: 60_000_000) {}
    try offer("one", to: room)
    room.advance(to: Room.opening.advanced(byMilliseconds: 3_600_000))
    #expect(try said(room) == "later")
    // What waits for the end of a hold wakes nobody.
    #expect(room.engine.pause(atMost: 50) == 50)
    _ = room.engine.release("a")
    room.settle()
    #expect(try said(room) == "later catalogue:one fired")
  }

  @Test func `a hold ends by itself`() throws {
    let room = try Room(.echo)
    _ = room.engine.hold("a", forMilliseconds: 1_000) {}
    try offer("one", to: room)
    room.advance(to: Room.opening.advanced(byMilliseconds: 999))
    #expect(try said(room).isEmpty)
    room.advance(to: Room.opening.advanced(byMilliseconds: 1_000))
    #expect(try said(room) == "catalogue:one")
    #expect(!room.engine.isHeld && room.engine.release("a") == nil)
  }

  @Test func `one holds at a time, and may hold on`() throws {
    let room = try Room(.echo)
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    #expect(!isGranted(room.engine.hold("b", forMilliseconds: 1_000) {}))
    room.advance(to: Room.opening.advanced(byMilliseconds: 800))
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    room.advance(to: Room.opening.advanced(byMilliseconds: 1_700))
    #expect(room.engine.isHeld(by: "a") && !room.engine.isHeld(by: "b"))
    #expect(room.engine.release("b") == nil && room.engine.isHeld)
    room.advance(to: Room.opening.advanced(byMilliseconds: 1_800))
    #expect(isGranted(room.engine.hold("b", forMilliseconds: 1_000) {}))
    #expect(room.engine.release("a") == nil)
  }

  @Test func `whoever holds on and on is refused, and the hold ends when it would have`() throws {
    let room = try Room(.echo)
    var (time, granted): (Int64, Int64) = (0, 0)
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    try offer("one", to: room)
    while isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}) {
      granted = time
      time += 100
      room.advance(to: Room.opening.advanced(byMilliseconds: time))
    }
    // The last that was granted ends when six times the length of one are over.
    #expect(granted == 1_000 * Engine.holdsInARow - 1_000)
    #expect(try said(room).isEmpty && room.engine.isHeld(by: "a"))
    room.advance(to: Room.opening.advanced(byMilliseconds: granted + 1_000))
    #expect(try said(room) == "catalogue:one")
    #expect(room.engine.release("a") == nil)
  }

  @Test func `a hold that was made longer says how long it lasted in all`() throws {
    let room = try Room(.echo)
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    room.advance(to: Room.opening.advanced(byMilliseconds: 800))
    #expect(isGranted(room.engine.hold("a", forMilliseconds: 1_000) {}))
    room.advance(to: Room.opening.advanced(byMilliseconds: 1_500))
    #expect(room.engine.release("a") == 1_500)
  }
}
