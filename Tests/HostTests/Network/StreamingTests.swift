import HTTP2
import Host
import Service
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
  /// An endpoint that begins a stream and hands its reply over.
  private func opened(_ slot: Slot<any Reply>) -> Served {
    Served { _, reply in
      reply.begin(status: 200, fields: [Answer.Field("content-type", "application/connect+proto")])
      slot.put(reply)
    }
  }

  @Test
  func `delivers pieces as they are written`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let client = try await scene.connect(scene.serve(opened(slot)))
      let stream = try await client.open(post("/"))
      let reply = try await slot.take()
      for number in 0..<20 {
        reply.write([UInt8(number)])
        #expect(try await stream.next() == [UInt8(number)])
      }
      reply.finish()
      #expect(try await stream.next() == nil)
    }
  }

  @Test
  func `streams to curl over HTTP/1.1 and HTTP/2`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(
        Served { _, reply in
          reply.begin(status: 200, fields: [])
          for _ in 0..<3 { reply.write(Array("piece ".utf8)) }
          reply.finish()
        }
      )
      for version in ["--http1.1", "--http2-prior-knowledge"] {
        #expect(try await curl(server, version) == "piece piece piece ")
      }
    }
  }

  @Test(arguments: [false, true])
  func `a slow reader makes the backlog grow, and reading empties it`(
    behindDoor: Bool
  ) async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      var server = try await scene.serve(opened(slot))
      if behindDoor {
        let ports = ["echo": server.port]
        server = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      }
      let stream = try await scene.connect(server).open(post("/"))
      let reply = try await slot.take()
      let piece = bytes(64 << 10)
      for _ in 0..<640 { reply.write(piece) }
      reply.finish()
      // Much of the 40 MiB stays behind, because nobody reads.
      try await eventually("a backlog") { reply.backlog > 8 << 20 }
      var count = 0
      for try await part in stream { count += part.count }
      #expect(count == 640 * piece.count)
    }
  }

  @Test(arguments: [false, true])
  func `a broken-off call reaches the reply`(behindDoor: Bool) async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      var server = try await scene.serve(opened(slot))
      if behindDoor {
        let ports = ["echo": server.port]
        server = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      }
      let stream = try await scene.connect(server).open(post("/"))
      let reply = try await slot.take()
      #expect(!reply.isCancelled)
      stream.cancel()
      try await eventually("the cancellation") { reply.isCancelled }
      reply.write([1])
      reply.finish()
    }
  }

  @Test
  func `a lost connection cancels what is open on it`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let client = try await scene.connect(scene.serve(opened(slot)))
      let stream = try await client.open(post("/"))
      let reply = try await slot.take()
      await client.close()
      try await eventually("the cancellation") { reply.isCancelled }
      await #expect(throws: ClientError.connectionLost) { try await stream.next() }
    }
  }

  @Test
  func `a deadline ends a call that is not answered`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let client = try await scene.connect(scene.serve(Served { slot.put($1) }))
      await #expect(throws: ClientError.deadlinePassed) {
        try await client.send(post("/"), deadline: .milliseconds(20))
      }
      let reply = try await slot.take()
      try await eventually("the cancellation") { reply.isCancelled }
    }
  }
}
