import Dispatch
import HTTP2
import Host
import Service
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct DownloadTests {
  private static let chunk = 256 << 10
  /// What a writer who waits each time may leave: half of the buffer and one chunk.
  private static let bound = ServerLimits.inner.connection.streamBuffer / 2 + chunk

  /// A server that answers with 64 MiB, a chunk whenever little is left to be sent.
  private func serve(_ scene: Scene, behindDoor: Bool, _ writer: Writer) async throws -> Server {
    let server = try await scene.serve(
      Served { _, reply in
        reply.begin(status: 200, fields: [])
        writer.go(on: reply)
      }
    )
    guard behindDoor else { return server }
    return try await scene.serve(Decided.open, limits: .edge, upstreams: ["echo": server.port])
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"], [false, true])
  func `brings 64 MiB to curl with a small backlog`(
    version: String,
    behindDoor: Bool
  ) async throws {
    try await Scene.play { scene in
      let writer = Writer(chunk: bytes(Self.chunk), count: 256)
      let server = try await serve(scene, behindDoor: behindDoor, writer)
      let size = try await curl(server, version, "-o", "/dev/null", "-w", "%{size_download}")
      #expect(size == "67108864")
      #expect(writer.largestBacklog <= Self.bound)
    }
  }

  @Test(arguments: [false, true])
  func `a slow reader makes the writer wait`(behindDoor: Bool) async throws {
    try await Scene.play { scene in
      let writer = Writer(chunk: bytes(Self.chunk), count: 256)
      let server = try await serve(scene, behindDoor: behindDoor, writer)
      let stream = try await scene.connect(server).open(post("/"))
      let brisk = Writer(chunk: bytes(Self.chunk), count: 64)
      let other = try await serve(scene, behindDoor: behindDoor, brisk)
      // Another reader takes 16 MiB in the meantime, over the same loop.
      let answer = try await scene.connect(other).send(post("/"))
      #expect(answer.body.count == 16 << 20)
      #expect(writer.written < 12 << 20)
      var count = 0
      for try await piece in stream { count += piece.count }
      #expect(count == 64 << 20)
      #expect(writer.largestBacklog <= Self.bound)
    }
  }

  @Test(arguments: [true, false])
  func `streams that nobody reads keep no other stream of a door waiting`(
    isLong: Bool
  ) async throws {
    try await Scene.play { scene in
      let replies = Mutex<[any Reply]>([])
      let much = 3 << 20
      let server = try await scene.serve(
        Served { request, reply in
          reply.begin(status: 200, fields: [])
          if request.path == "/much" {
            for _ in 0..<much / Self.chunk { reply.write(bytes(Self.chunk)) }
            replies.withLock { $0.append(reply) }
          } else {
            reply.write([1])
            reply.finish()
          }
        }
      )
      let door = Decided { _ in
        .forward(Forwarding(upstream: "echo", set: [], bodyLimit: 1 << 20, isLong: isLong))
      }
      let front = try await scene.serve(door, limits: .edge, upstreams: ["echo": server.port])
      var stalled: [ClientStream] = []
      // Short calls go over the trunk, where each has its own window, but for too long ones.
      let body = bytes(TrunkLimits.call + 1)
      for _ in 0..<24 {
        stalled.append(try await scene.connect(front).open(post("/much"), body: body))
      }
      // Each has filled its reader's window and the door's buffer, and begun with its own window.
      try await eventually("all of them to stand still") {
        let left = replies.withLock { $0.map(\.backlog) }
        return left.count == 24 && left.allSatisfy { $0 < much - (1 << 20) - (200 << 10) }
      }
      var left = 0
      repeat {
        left = replies.withLock { $0.reduce(0) { $0 + $1.backlog } }
        try await Task.sleep(for: .milliseconds(200))
      } while left != replies.withLock { $0.reduce(0) { $0 + $1.backlog } }
      let other = try await scene.connect(front)
      for _ in 0..<50 {
        let answer = try await other.send(post("/little"), deadline: .seconds(20))
        #expect(answer.body == [1])
      }
      for stream in stalled { stream.cancel() }
    }
  }

  @Test
  func `who waits for a reader that goes away is called once`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let server = try await scene.serve(
        Served { _, reply in
          reply.begin(status: 200, fields: [])
          slot.put(reply)
        }
      )
      let stream = try await scene.connect(server).open(post("/"))
      let reply = try await slot.take()
      for _ in 0..<64 { reply.write(bytes(Self.chunk)) }
      let calls = Atomic(0)
      let wake = Slot<Void>()
      reply.whenDrained {
        calls.wrappingAdd(1, ordering: .relaxed)
        wake.put(())
      }
      #expect(reply.backlog > Self.bound)
      stream.cancel()
      try await wake.take()
      #expect(reply.isCancelled)
      // From then on it is called in place.
      reply.whenDrained { calls.wrappingAdd(10, ordering: .relaxed) }
      #expect(calls.load(ordering: .relaxed) == 11)
      reply.finish()
    }
  }
}

/// Writes a chunk whenever little is left to be sent, on another thread.
final class Writer: Sendable {
  private struct State {
    var left: Int
    var written = 0
    var largest = 0
  }

  private let chunk: [UInt8]
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "writer")

  init(chunk: [UInt8], count: Int) {
    self.chunk = chunk
    state = Mutex(State(left: count))
  }

  var written: Int { state.withLock { $0.written } }
  var largestBacklog: Int { state.withLock { $0.largest } }

  func go(on reply: any Reply) {
    reply.whenDrained { [self] in queue.async { [self] in step(reply) } }
  }

  private func step(_ reply: any Reply) {
    let goesOn = state.withLock { state in
      guard state.left > 0 else { return false }
      state.left -= 1
      state.written += chunk.count
      return true
    }
    guard goesOn else {
      reply.finish()
      return
    }
    reply.write(chunk)
    let backlog = reply.backlog
    state.withLock { $0.largest = max($0.largest, backlog) }
    go(on: reply)
  }
}
