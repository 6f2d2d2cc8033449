import Connect
import HTTP2
import Host
import Service
import Synchronization
import Testing

/// Streams whose caller may read no more.
@Suite(.timeLimit(.minutes(1)))
struct LeaseTests {
  /// Ends streams as soon as it is told to.
  private final class Switch: Lease {
    private let isOver = Atomic(false)
    private let asked = Atomic(0)
    private let told = Atomic(false)
    let last = Envelope(flags: .endOfStream, payload: Array("{}".utf8)).bytes

    /// How often it was looked at.
    var looks: Int { asked.load(ordering: .relaxed) }

    /// Whether somebody has heard that it is over.
    var hasTold: Bool { told.load(ordering: .relaxed) }

    func end() { isOver.store(true, ordering: .relaxed) }

    func ending() -> [UInt8]? {
      asked.add(1, ordering: .relaxed)
      guard isOver.load(ordering: .relaxed) else { return nil }
      told.store(true, ordering: .relaxed)
      return last
    }
  }

  private static let envelope = Envelope(payload: Array("alert".utf8)).bytes

  /// A stream through a door, the reply that writes it, and what ends it.
  private func opened(
    _ scene: Scene
  ) async throws -> (stream: ClientStream, reply: any Reply, lease: Switch) {
    let slot = Slot<any Reply>()
    let upstream = try await scene.serve(
      Served { _, reply in
        let type = Answer.Field("content-type", "application/connect+proto")
        reply.begin(status: 200, fields: [type])
        slot.put(reply)
      }
    )
    let lease = Switch()
    let door = Decided { _ in
      let forwarding = Forwarding(
        upstream: "echo",
        set: [],
        bodyLimit: 1_000,
        isLong: true,
        lease: lease
      )
      return .forward(forwarding)
    }
    var limits = ServerLimits.edge
    // Leases are looked at four times in the shortest of the times.
    limits.headerTimeout = .milliseconds(200)
    let server = try await scene.serve(door, limits: limits, upstreams: ["echo": upstream.port])
    let stream = try await scene.connect(server).open(post("/"))
    return (stream, try await slot.take(), lease)
  }

  private func rest(_ stream: ClientStream) async throws -> [UInt8] {
    var rest: [UInt8] = []
    while let piece = try await stream.next() { rest += piece }
    return rest
  }

  @Test
  func `a stream ends at the door with the envelope of its lease`() async throws {
    try await Scene.play { scene in
      let (stream, reply, lease) = try await opened(scene)
      reply.write(Self.envelope)
      #expect(try await stream.next() == Self.envelope)
      try await eventually("it is looked at more than once") { lease.looks > 1 }
      reply.write(Self.envelope)
      #expect(try await stream.next() == Self.envelope)
      lease.end()
      #expect(try await rest(stream) == lease.last)
      try await eventually("the service is told") { reply.isCancelled }
    }
  }

  @Test
  func `an envelope that is under way comes to its end first`() async throws {
    try await Scene.play { scene in
      let (stream, reply, lease) = try await opened(scene)
      reply.write(Array(Self.envelope.prefix(7)))
      #expect(try await stream.next() == Array(Self.envelope.prefix(7)))
      lease.end()
      try await eventually("its end is seen") { lease.hasTold }
      reply.write(Array(Self.envelope.dropFirst(7)) + Self.envelope)
      #expect(try await rest(stream) == Array(Self.envelope.dropFirst(7)) + lease.last)
    }
  }
}
