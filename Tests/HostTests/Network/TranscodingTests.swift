import Dispatch
import HTTP2
import Host
import NIOPosix
import Service
import Synchronization
import Testing

/// Where bodies are changed: on the loop, or beside it if they are long.
@Suite(.timeLimit(.minutes(1)))
struct TranscodingTests {
  private func door(_ scene: Scene, _ transcoder: Noting) async throws -> ClientConnection {
    let upstream = try await scene.serve(Served.echo)
    let door = Decided { _ in
      .forward(Forwarding(upstream: "echo", set: [], bodyLimit: 9 << 20, transcoder: transcoder))
    }
    let server = try await scene.serve(door, upstreams: ["echo": upstream.port])
    return try await scene.connect(server)
  }

  @Test(arguments: [1_000, 1 << 20])
  func `long bodies are changed beside the loop, both ways`(count: Int) async throws {
    try await Scene.play { scene in
      let transcoder = Noting()
      let client = try await door(scene, transcoder)
      let body = bytes(count)
      #expect(try await client.send(post("/"), body: body).body == body.reversed() + [0])
      let isBeside = count > 32 << 10
      #expect(transcoder.wasOnLoop.withLock { $0 } == [!isBeside, !isBeside])
    }
  }

  @Test
  func `who goes away while an answer is changed is missed by nobody`() async throws {
    try await Scene.play { scene in
      let transcoder = Noting(holdsLong: true)
      let client = try await door(scene, transcoder)
      let gone = Task { try await client.send(post("/"), body: bytes(4 << 20)) }
      // The answer is being changed, beside the loop.
      for await _ in transcoder.arrivals { break }
      gone.cancel()
      _ = await gone.result
      // What comes after the reset on the same connection is read after it.
      #expect(try await client.send(post("/"), body: [1, 2]).body == [2, 1, 0])
      transcoder.gate.signal()
      #expect(try await client.send(post("/"), body: [3, 4]).body == [4, 3, 0])
    }
  }
}

/// Turns requests round, puts a mark behind answers, and notes whether an event loop did it.
private final class Noting: Transcoder {
  let wasOnLoop = Mutex<[Bool]>([])
  /// Told of each long answer that waits.
  let arrivals: AsyncStream<Void>
  private let arrival: AsyncStream<Void>.Continuation
  /// What a long answer waits for, if it does.
  let gate = DispatchSemaphore(value: 0)
  private let holdsLong: Bool

  init(holdsLong: Bool = false) {
    self.holdsLong = holdsLong
    (arrivals, arrival) = AsyncStream.makeStream()
  }

  var changesRequest: Bool { true }
  var path: String? { nil }
  var contentType: String { "application/proto" }
  var streamFields: [Answer.Field]? { nil }

  private func note() {
    let isOnLoop = MultiThreadedEventLoopGroup.currentEventLoop != nil
    wasOnLoop.withLock { $0.append(isOnLoop) }
  }

  func changesAnswer(status: Int, length: Int?) -> Bool { true }

  func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
    note()
    return .body(body.reversed())
  }

  func answer(_ answer: Answer) -> Answer {
    note()
    if holdsLong, answer.body.count > 1 << 20 {
      arrival.yield()
      gate.wait()
    }
    var answer = answer
    answer.body.append(0)
    return answer
  }

  func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
    (flags, payload)
  }
}
