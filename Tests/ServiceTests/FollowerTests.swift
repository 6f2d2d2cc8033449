import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct FollowerTests {
  func said(_ room: Room) throws -> String {
    try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
  }

  @discardableResult
  func offer(
    _ text: String,
    from upstream: String,
    to room: Room,
    reflects: [String: Int64] = [:]
  ) throws -> FeedV1.Entry {
    try room.offer(
      ProbeV1.EchoWriteResponse(text: text),
      subject: text,
      from: upstream,
      reflects: reflects
    )
  }

  @Test func `each entry takes effect once, in order, also over crashes`() throws {
    let room = try Room(.echo)
    for number in 1...5 {
      try offer("\(number)", from: "catalogue", to: room)
      try room.crash()
    }
    let all = (1...5).map { "catalogue:\($0)" }.joined(separator: " ")
    #expect(try said(room) == all)
  }

  @Test func `an effect carries the instant of the entry and what was seen`() throws {
    let room = try Room(.echo)
    try offer("a", from: "catalogue", to: room)
    try offer("b", from: "approval", to: room)
    let last = try #require(try room.feed().last)
    #expect(last.content.recordedAt == Room.opening)
    #expect(last.content.actor == "system")
    // Its cause too, which took effect in the same transaction.
    #expect(last.content.reflects == ["catalogue": 1, "approval": 1])
    #expect(try room.feed().first?.content.reflects == ["catalogue": 1])
  }

  @Test func `an effect waits for its cause in another feed`() throws {
    let room = try Room(.echo)
    try offer("effect", from: "approval", to: room, reflects: ["catalogue": 2, "intake": 99])
    #expect(try said(room).isEmpty)
    try offer("one", from: "catalogue", to: room)
    #expect(try said(room) == "catalogue:one")
    try offer("two", from: "catalogue", to: room)
    #expect(try said(room) == "catalogue:one catalogue:two approval:effect")
  }

  @Test func `a cause in a feed that is not followed is not waited for`() throws {
    let room = try Room(.echo)
    try offer("x", from: "approval", to: room, reflects: ["queueing": 7])
    #expect(try said(room) == "approval:x")
  }

  @Test func `an entry that fails stops its follower alone and is tried again`() throws {
    let room = try Room(.echo)
    try offer("refuse", from: "catalogue", to: room)
    try offer("behind", from: "catalogue", to: room)
    try offer("other", from: "approval", to: room)
    #expect(try said(room) == "approval:other")
    #expect(room.engine.followers.map(\.isStopped) == [true, false])
    #expect(try room.engine.store.read { try $0.cursors().map(\.upstream) } == ["approval"])
    let before = room.reports.all.count
    room.advance(to: Room.opening.advanced(byMilliseconds: 60_000))
    #expect(room.reports.all.count > before)
  }

  @Test func `a transaction that fails is one failure, however many entries share it`() throws {
    let room = try Room(.echo)
    _ = room.engine.hold("a", forMilliseconds: 60_000) {}
    for number in 1...9 { try offer("\(number)", from: "catalogue", to: room) }
    _ = room.engine.release("a")
    room.engine.store.close()
    room.settle()
    var told: [Int] = []
    for milliseconds in [0, 99, 100, 299, 300, 699, 700] {
      room.advance(to: Room.opening.advanced(byMilliseconds: Int64(milliseconds)))
      told.append(room.reports.all.count)
    }
    #expect(told == [1, 1, 2, 2, 3, 3, 4])
    #expect(room.engine.followers[0].fault?.position == 1)
  }

  @Test func `a record that was cut off stands still until it is whole again`() throws {
    let room = try Room(.echo)
    for text in ["a", "b", "c"] { try offer(text, from: "catalogue", to: room) }
    let follower = room.engine.followers[0]
    #expect(!follower.isStopped && follower.fault == nil)
    #expect(follower.foundCutOff(at: 1) && !follower.foundCutOff(at: 1))
    #expect(follower.isStopped && !follower.isOutOfSight)
    let detail = "broken chain: catalogue ends at 1 and was followed to 3"
    #expect(follower.fault?.position == 4 && follower.fault?.detail == detail)
    try offer("d", from: "catalogue", to: room)
    #expect(!follower.isStopped && follower.applied == 4)
    #expect(follower.foundCutOff(at: 1))
  }

  @Test func `a record that was changed is not believed`() throws {
    let room = try Room(.echo)
    try offer("a", from: "catalogue", to: room)
    var forged = FeedV1.Entry(
      position: 2,
      id: "f",
      hall: Room.hall,
      type: "EchoWriteResponse",
      payloadType: ProbeV1.EchoWriteResponse.fullName,
      payload: ProbeV1.EchoWriteResponse(text: "forged").encode(),
      previousHash: [1, 2, 3]
    )
    forged.hash = [4]
    room.engine.followers[0].offer([forged], head: 2)
    room.settle()
    #expect(try said(room) == "catalogue:a")
    #expect(room.engine.followers[0].isStopped)
  }

  @Test func `a gap is not taken`() throws {
    let room = try Room(.echo)
    room.engine.followers[0].offer([FeedV1.Entry(position: 2)], head: 2)
    #expect(room.engine.followers[0].wanted == 0)
    #expect(room.engine.followers[0].lag == 2)
  }

  @Test func `entries of a type without an effect are passed over`() throws {
    let room = try Room(.echo)
    try room.offer(ProbeV1.EchoReadResponse(text: "?"), subject: "x", from: "catalogue")
    try offer("known", from: "catalogue", to: room)
    #expect(try said(room) == "catalogue:known")
  }

  @Test func `an effect that came before its cause is tried again at once`() throws {
    let room = try Room(.echo)
    _ = room.engine.hold("a", forMilliseconds: 60_000) {}
    // The follower of the catalogue comes first in each step.
    try offer("effect", from: "catalogue", to: room, reflects: ["approval": 1])
    try offer("cause", from: "approval", to: room)
    _ = room.engine.release("a")
    room.engine.step()
    #expect(room.engine.followers.map(\.applied) == [0, 1])
    // Nobody wakes the writer for it, and the next sleep would be long.
    #expect(room.engine.hasWork)
    room.engine.step()
    #expect(room.engine.followers.map(\.applied) == [1, 1] && !room.engine.hasWork)
  }
}
