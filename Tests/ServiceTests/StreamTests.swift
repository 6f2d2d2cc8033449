import Connect
import Kernel
import Messages
import Simulation
import Storage
import TestSupport
import Testing

@testable import Service

@Suite struct StreamTests {
  let clerk = Identity.official(.clerk, "u-k01-a")
  let consumer = Identity.official(.consumer, "portal")
  let stream = ProbeV1.ProbeService.echoStream

  func say(_ text: String, in room: Room) throws {
    _ = try room.call(ProbeV1.ProbeService.echoWrite, .init(text: text), as: clerk)
  }

  func texts(_ room: Room, _ reply: CollectedReply) throws -> [String] {
    try room.messages(ProbeV1.EchoStreamResponse.self, of: reply).map(\.text)
  }

  /// Writes without letting the streams go on.
  func keep(_ text: String, in room: Room) {
    let call = Call.ofTheSystem(
      "EchoWrite",
      service: "intake",
      hall: Room.hall,
      now: room.clock.now,
      surroundings: room.engine.surroundings
    )
    room.engine.write(call, { try $0.keep(text) }, completion: { _ in })
    room.engine.step()
  }

  @Test func `a stream tells what was and what comes`() throws {
    let room = try Room(.echo)
    try say("was", in: room)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    #expect(try texts(room, reply) == ["was"])
    try say("comes", in: room)
    #expect(try texts(room, reply) == ["comes"])
    #expect(try texts(room, reply).isEmpty)
  }

  @Test func `a quiet stream has a heartbeat each five seconds`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    #expect(try texts(room, reply).isEmpty)
    room.clock.advance(byMilliseconds: 4_999)
    #expect(try texts(room, reply).isEmpty)
    room.clock.advance(byMilliseconds: 1)
    #expect(try texts(room, reply) == ["tick"])
  }

  @Test func `a reader that takes nothing is left alone, then ended`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    reply.pretend(backlog: ServiceLimits.streamBacklog + 1)
    try say("a", in: room)
    #expect(try texts(room, reply).isEmpty)
    reply.pretend(backlog: 0)
    #expect(try texts(room, reply) == ["a"])
    reply.pretend(backlog: ServiceLimits.streamBacklog + 1)
    room.settle()
    room.clock.advance(byMilliseconds: ServiceLimits.slowReader)
    room.settle()
    #expect(reply.isFinished)
    #expect(room.engine.streams.count == 0)
  }

  @Test func `who catches up has a page in each step, and the others all that is new`() throws {
    let room = try Room(.echo)
    let reader = try room.begin(stream, .init(count: 1), as: consumer)
    for number in 0..<2 * ServiceLimits.streamPage { keep("\(number)", in: room) }
    #expect(try texts(room, reader).count == 2 * ServiceLimits.streamPage)
    let late = try (0..<3).map { _ in try room.begin(stream, .init(count: 1), as: consumer) }
    func pieces(_ reply: CollectedReply) -> Int { reply.takePieces().count }
    for _ in 0..<2 {
      #expect(room.engine.streams.step(room.engine))
      #expect(late.map(pieces) == [100, 100, 100])
    }
    #expect(pieces(reader) == 0)
    keep("news", in: room)
    #expect(room.engine.streams.step(room.engine))
    #expect(([reader] + late).map(pieces) == [1, 1, 1, 1])
  }

  @Test func `a stream that has all is not read again before a commit or a heartbeat`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    let session = try #require(room.engine.streams.open.first)
    func look() -> StreamSession.Progress? {
      session.look(StreamPass(room.engine, heartbeat: 5_000))
    }
    #expect(session.isCatchingUp && look() == nil)
    #expect(try texts(room, reply).isEmpty)
    #expect(!session.isCatchingUp && look() == .waits)
    keep("news", in: room)
    #expect(look() == nil)
    #expect(try texts(room, reply) == ["news"])
    #expect(look() == .waits)
    room.clock.advance(byMilliseconds: 5_000)
    #expect(look() == nil)
  }

  @Test func `a message with a mark is encoded once in each codec`() throws {
    let room = try Room(.echo)
    let pass = StreamPass(room.engine, heartbeat: 5_000)
    func text(
      _ text: String,
      _ mark: ClosedRange<Int64>?,
      _ codec: Codec,
      in method: String = "A"
    ) -> String {
      let mark = mark.map { StreamMark(first: $0.lowerBound, last: $0.upperBound) }
      let message = ProbeV1.EchoStreamResponse(text: text)
      let bytes = pass.bytes(of: message, mark: mark, method, codec)
      let read =
        try? codec == .json
        ? ProbeV1.EchoStreamResponse.decode(json: bytes) : ProbeV1.EchoStreamResponse.decode(bytes)
      return read?.text ?? "?"
    }
    #expect(text("a", 1...3, .proto) == "a")
    // The handler says that it is the same message, so the second one is not even looked at.
    #expect(text("b", 1...3, .proto) == "a")
    #expect(text("b", 1...3, .json) == "b")
    #expect(text("b", 1...3, .proto, in: "B") == "b")
    #expect(text("b", 1...2, .proto) == "b")
    // Who goes on from within gets another one.
    #expect(text("d", 2...3, .proto) == "d")
    #expect(text("c", nil, .proto) == "c")
  }

  @Test func `a stream that nobody reads is forgotten`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    #expect(room.engine.streams.count == 1)
    reply.cancel()
    room.settle()
    #expect(room.engine.streams.count == 0)
  }

  @Test func `a stream ends where its handler says so`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 1), as: consumer)
    try say("end", in: room)
    #expect(try texts(room, reply) == ["end"])
    #expect(reply.isFinished)
  }

  @Test func `a refused stream answers 200 and ends with the refusal`() throws {
    let room = try Room(.echo)
    let reply = try room.begin(stream, .init(count: 0), as: consumer)
    #expect(reply.answer?.status == 200)
    let end = String(decoding: reply.takePieces().joined().dropFirst(5), as: UTF8.self)
    #expect(end.contains(#""code":"invalid_argument""#))
    #expect(end.contains("INVALID_FIELDS") || end.contains("details"))
  }

  @Test func `the feed is for services alone and opens the personal part`() throws {
    let room = try Room(.echo)
    try say("a", in: room)
    let stranger = try room.begin(FeedV1.FeedService.follow, .init(), as: clerk)
    #expect(stranger.isFinished)
    let reply = try follow(room)
    let answers = try room.messages(FeedV1.FollowResponse.self, of: reply)
    #expect(answers.flatMap(\.entries).map(\.subject) == ["a"])
    #expect(answers.map(\.head) == [1])
  }

  @Test func `an operator's pass by a service's key opens no feed`() throws {
    let room = try Room(.echo)
    try say("a", in: room)
    #expect(try !follow(room).isFinished)
    #expect(try follow(room, as: Keyring.operatorName).isFinished)
  }

  /// Follows the feed of a room as approval would.
  private func follow(_ room: Room, as subject: String = "approval") throws -> CollectedReply {
    let pass = Pass(
      issuer: "approval",
      subject: subject,
      roles: [.service],
      halls: [],
      expiresAt: Room.opening.advanced(byMilliseconds: 1_000)
    )
    return try room.begin(
      FeedV1.FeedService.follow,
      .init(),
      as: clerk,
      fields: ["onedoor-pass": try TestKeys.keyring("approval").seal(pass)]
    )
  }

  @Test func `followers share their pages, but never a personal part that was erased`() throws {
    let room = try Room(.echo)
    func parts(_ reply: CollectedReply) throws -> [[UInt8]] {
      try room.messages(FeedV1.FollowResponse.self, of: reply).flatMap(\.entries)
        .map(\.privatePart)
    }
    let (first, second, third) = (try follow(room), try follow(room), try follow(room))
    for reply in [first, second, third] { #expect(try parts(reply).isEmpty) }
    third.pretend(backlog: ServiceLimits.streamBacklog + 1)
    try say("secret", in: room)
    let told = try parts(first)
    #expect(told == [ProbeV1.EchoWriteRequest(text: "secret").encode()])
    #expect(try parts(second) == told)
    try room.engine.store.write { try $0.eraseFeedPrivatePart(1) }
    third.pretend(backlog: 0)
    #expect(try parts(third) == [[]])
  }
}
