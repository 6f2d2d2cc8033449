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
      while await client.isOpen { try await Task.sleep(for: .milliseconds(1)) }
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

  /// An envelope of the Connect protocol.
  private func envelope(_ payload: [UInt8], flags: UInt8 = 0) -> [UInt8] {
    [flags, 0, 0, 0, UInt8(payload.count)] + payload
  }

  /// A stream through a door, of which the service holds the reply.
  private func stream(
    _ scene: Scene,
    type: String = "application/connect+proto"
  ) async throws -> (door: Server, reply: any Reply, stream: ClientStream) {
    let slot = Slot<any Reply>()
    let upstream = try await scene.serve(
      Served { _, reply in
        reply.begin(status: 200, fields: [Answer.Field("content-type", type)])
        slot.put(reply)
      }
    )
    let door = try await scene.serve(
      Decided.open,
      limits: .edge,
      upstreams: ["echo": upstream.port]
    )
    let client = try await scene.connect(door)
    let stream = try await client.open(post("/"))
    return (door, try await slot.take(), stream)
  }

  private func rest(_ stream: ClientStream) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let piece = try await stream.next() { all += piece }
    return all
  }

  @Test
  func `a stream through a door that stops ends with unavailable`() async throws {
    try await Scene.play { scene in
      let (door, reply, stream) = try await stream(scene)
      reply.write(envelope([1, 2, 3]))
      #expect(try await stream.next() == envelope([1, 2, 3]))
      // Nothing but the end of the stream lets the server stop within the test's time.
      await door.stop(grace: .seconds(600))
      let end = try await rest(stream)
      #expect(end.first == 2)
      #expect(String(decoding: end.dropFirst(5), as: UTF8.self).contains(#""code":"unavailable""#))
      try await eventually("the service hears of it") { reply.isCancelled }
    }
  }

  @Test
  func `an envelope that is open is ended before the stream is`() async throws {
    try await Scene.play { scene in
      let (door, reply, stream) = try await stream(scene)
      let whole = envelope([1, 2, 3, 4])
      reply.write(Array(whole.prefix(7)))
      #expect(try await stream.next() == Array(whole.prefix(7)))
      async let stopped: Void = door.stop(grace: .seconds(600))
      // The door has been told once nobody can connect.
      while (try? await scene.connect(door)) != nil { await Task.yield() }
      reply.write(Array(whole.dropFirst(7)) + envelope([9]))
      let end = try await rest(stream)
      #expect(Array(end.prefix(2)) == [3, 4])
      #expect(end.dropFirst(2).first == 2)
      await stopped
    }
  }

  @Test(arguments: [false, true])
  func `a stream that begins while a door stops ends with unavailable`(
    isLong: Bool
  ) async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let upstream = try await scene.serve(Served { slot.put($1) })
      let decided = Decided { _ in
        .forward(Forwarding(upstream: "echo", set: [], bodyLimit: 100, isLong: isLong))
      }
      let door = try await scene.serve(
        decided,
        limits: .edge,
        upstreams: ["echo": upstream.port]
      )
      let client = try await scene.connect(door)
      async let answer = client.send(post("/"))
      let reply = try await slot.take()
      async let stopped: Void = door.stop(grace: .seconds(600))
      while await client.isOpen { try await Task.sleep(for: .milliseconds(1)) }
      let type = Answer.Field("content-type", "application/connect+proto")
      reply.begin(status: 200, fields: [type])
      let end = try await answer.body
      #expect(end.first == 2)
      #expect(String(decoding: end.dropFirst(5), as: UTF8.self).contains(#""code":"unavailable""#))
      await stopped
      try await eventually("the service hears of it") { reply.isCancelled }
    }
  }

  @Test
  func `what is no stream of envelopes goes on to its end`() async throws {
    try await Scene.play { scene in
      let (door, reply, stream) = try await stream(scene, type: "application/pdf")
      reply.write([1])
      #expect(try await stream.next() == [1])
      async let stopped: Void = door.stop(grace: .seconds(600))
      while (try? await scene.connect(door)) != nil { await Task.yield() }
      reply.write([2])
      reply.finish()
      #expect(try await rest(stream) == [2])
      await stopped
    }
  }

  @Test
  func `a connection that is old takes no call and answers those it has`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      var limits = ServerLimits.edge
      limits.age = .seconds(8)
      let server = try await scene.serve(Served { slot.put($1) }, limits: limits)
      let client = try await scene.connect(server)
      async let answer = client.send(post("/"))
      let reply = try await slot.take()
      while await client.isOpen { try await Task.sleep(for: .milliseconds(1)) }
      reply.send(Answer(status: 200, body: bytes(100)))
      #expect(try await answer.body == bytes(100))
      // A new one is welcome, over HTTP/1.1 too, and is told when it is the last.
      let fresh = try await scene.connect(server)
      #expect(await fresh.isOpen)
    }
  }

  @Test
  func `a door goes on over a new connection when the service's is old`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.age = .milliseconds(20)
      limits.idleTimeout = .milliseconds(40)
      let upstream = try await scene.serve(Served.echo, limits: limits)
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      for _ in 0..<200 { #expect(try await client.send(post("/")).status == 200) }
    }
  }
}
