import HTTP2
import Host
import Service
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StopTests {
  @Test(arguments: [false, true])
  func `answers what is in flight before it stops`(behindDoor: Bool) async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let upstream = try await scene.serve(Served { slot.put($1) })
      var server = upstream
      if behindDoor {
        let ports = ["echo": upstream.port]
        server = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      }
      let client = try await scene.connect(server)
      async let answer = client.send(post("/"))
      let reply = try await slot.take()
      async let stopped: Void = server.stop(grace: .seconds(10))
      // The notice has gone through once the client takes no more calls.
      while await client.isOpen { await Task.yield() }
      reply.send(Answer(status: 200, body: bytes(200_000)))
      let body = try await answer.body
      #expect(body == bytes(200_000))
      await stopped
      await #expect(throws: ClientError.notReachable) { try await client.send(post("/")) }
    }
  }

  @Test
  func `answers curl over HTTP/1.1 before it stops`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let server = try await scene.serve(Served { slot.put($1) })
      async let text = curl(server, "--http1.1", "-i")
      let reply = try await slot.take()
      async let stopped: Void = server.stop(grace: .seconds(10))
      reply.send(Answer(status: 200, body: Array("late".utf8)))
      let printed = try await text
      #expect(printed.hasSuffix("late"))
      await stopped
    }
  }

  @Test
  func `ends an HTTP/1.1 stream that began before it stops`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let server = try await scene.serve(
        Served { _, reply in
          reply.begin(status: 200, fields: [])
          slot.put(reply)
        }
      )
      async let text = curl(server, "--http1.1")
      let reply = try await slot.take()
      let clock = ContinuousClock()
      let start = clock.now
      async let stopped: Void = server.stop(grace: .seconds(30))
      reply.write(Array("late".utf8))
      reply.finish()
      let printed = try await text
      #expect(printed == "late")
      await stopped
      #expect(clock.now - start < .seconds(20))
    }
  }

  @Test
  func `cuts off what outlasts the grace`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let server = try await scene.serve(Served { slot.put($1) })
      let client = try await scene.connect(server)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await #expect(throws: ClientError.connectionLost) { try await client.send(post("/")) }
        }
        let reply = try await slot.take()
        await server.stop(grace: .milliseconds(20))
        #expect(reply.isCancelled)
        try await group.waitForAll()
      }
    }
  }
}
