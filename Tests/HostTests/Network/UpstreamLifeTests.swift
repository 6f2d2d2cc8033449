import HTTP2
import Host
import Service
import Testing

/// What a door does when the connection to a service does not behave.
@Suite(.timeLimit(.minutes(1)))
struct UpstreamLifeTests {
  private func play(
    _ deed: @escaping @Sendable (_ connection: Int, _ request: Int) -> ScriptedServer.Deed,
    _ body: @Sendable (ScriptedServer, ClientConnection) async throws -> Void
  ) async throws {
    try await Scene.play { scene in
      let upstream = try await ScriptedServer.start(on: scene.loops, deed)
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      try await body(upstream, client)
      await upstream.stop()
    }
  }

  @Test
  func `a refused stream is asked for again, once`() async throws {
    try await play({ _, request in request == 2 ? .answer : .refuse }) {
      (upstream, client) async throws in
      #expect(try await client.send(post("/"), body: [1]).status == 200)
      #expect(upstream.requests == 2)
      #expect(try await client.send(post("/"), body: [1]).status == 503)
      #expect(upstream.requests == 4)
      #expect(upstream.connections == 1)
    }
  }

  @Test
  func `a stream that GOAWAY leaves out goes over a new connection`() async throws {
    try await play({ connection, request in
      connection == 1 && request == 2 ? .goAway : .answer
    }) { (upstream, client) async throws in
      for _ in 0..<4 { #expect(try await client.send(post("/"), body: [1]).status == 200) }
      #expect(upstream.connections == 2)
      #expect(upstream.requests == 5)
    }
  }

  @Test
  func `a call whose connection is lost is not made twice`() async throws {
    try await play({ _, request in request == 1 ? .cut : .answer }) {
      (upstream, client) async throws in
      let answer = try await client.send(post("/"), body: [1])
      #expect(answer.status >= 500)
      #expect(String(decoding: answer.body, as: UTF8.self).contains("OUTCOME_UNKNOWN"))
      #expect(upstream.requests == 1)
      #expect(try await client.send(post("/"), body: [1]).status == 200)
      #expect(upstream.connections == 2)
    }
  }

  @Test
  func `calls share one connection and wait for nobody`() async throws {
    try await play({ _, request in request == 1 ? .silence : .answer }) {
      (upstream, client) async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await #expect(throws: ClientError.deadlinePassed) {
            try await client.send(post("/"), body: [1], deadline: .milliseconds(300))
          }
        }
        while upstream.requests == 0 { await Task.yield() }
        for _ in 0..<50 { #expect(try await client.send(post("/"), body: [1]).status == 200) }
        try await group.waitForAll()
      }
      #expect(upstream.connections == 1)
    }
  }
}
