import Foundation
import HTTP2
import Host
import Service
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
  @Test
  func `answers over HTTP/2 with what was asked`() async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(scene.serve(Served.echo))
      let answer = try await client.send(post("/p?q=1", [("x-one", "1")]), body: bytes(9))
      #expect(answer.status == 200)
      #expect(answer.body == bytes(9))
      #expect(answer.fields.string(of: "x-path") == "/p?q=1")
      #expect(answer.fields.string(of: "x-one") == "1")
      #expect(answer.fields.string(of: "content-length") == "9")
    }
  }

  @Test(arguments: ["--http1.1", "--http1.0", "--http2-prior-knowledge", "--http2"])
  func `answers curl in each version of HTTP`(version: String) async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served.echo)
      let text = try await curl(server, version, "-i", "-H", "X-One: 7", "-d", "hello")
      #expect(text.contains(" 200"))
      #expect(text.contains("x-path: /a/b?c=d"))
      #expect(text.contains("x-one: 7"))
      #expect(text.hasSuffix("hello"))
    }
  }

  @Test
  func `keeps an HTTP/1.1 connection for the next request`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served.echo)
      let url = "http://127.0.0.1:\(server.port)/"
      let text = try await run("curl", ["-sSv", "-m", "10", "-d", "a", url, url])
      #expect(text.contains("Re-using existing connection"))
    }
  }

  @Test
  func `serves two thousand requests of h2load without a failure`() async throws {
    try await Scene.play { scene in
      let (door, _) = try await scene.door()
      let server = try await scene.serve(Served.echo)
      for port in [server.port, door.port] {
        let text = try await run(
          "h2load",
          ["-n2000", "-c4", "-m16", "-T20", "http://127.0.0.1:\(port)/"]
        )
        #expect(text.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"))
      }
    }
  }

  @Test
  func `carries big bodies both ways`() async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(scene.serve(Served.echo))
      let big = bytes(9 << 20)
      let answer = try await client.send(post("/"), body: big)
      #expect(answer.body == big)
    }
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
  func `refuses a body over the limit with an error in JSON`(version: String) async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.body = 10
      let server = try await scene.serve(Served.echo, limits: limits)
      #expect(try await curl(server, version, "-d", "0123456789").hasSuffix("0123456789"))
      let text = try await curl(server, version, "-i", "-d", "0123456789a")
      #expect(text.contains(" 413"))
      #expect(text.contains(#""code":"resource_exhausted""#))
    }
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
  func `a sender of far too much gets to see the answer`(version: String) async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served.echo, limits: .edge)
      let file = URL.temporaryDirectory.appending(path: "too-large-\(server.port)")
      try Data(bytes(30 << 20)).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let text = try await curl(server, version, "-i", "--data-binary", "@\(file.path)")
      #expect(text.contains(" 413"))
      #expect(text.contains(#""code":"resource_exhausted""#))
    }
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
  func `refuses fields over the limit`(version: String) async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served.echo, limits: .edge)
      let long = String(repeating: "x", count: 15_000)
      let text = try await curl(server, version, "-i", "-H", "A: \(long)", "-H", "B: \(long)")
      #expect(text.contains(" 431"))
    }
  }

  @Test
  func `takes no more connections than it may`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.connections = 1
      let slot = Slot<any Reply>()
      let server = try await scene.serve(Served { _, reply in slot.put(reply) }, limits: limits)
      let first = try await scene.connect(server)
      // While it waits for an answer it is not idle, so that it cannot make room.
      async let answer = first.send(post("/"))
      let reply = try await slot.take()
      await #expect(throws: ClientError.self) {
        let second = try await scene.connect(server)
        _ = try await second.send(post("/"))
      }
      reply.send(Answer(status: 200))
      #expect(try await answer.status == 200)
    }
  }

  @Test
  func `answers from other threads, many at once`() async throws {
    try await Scene.play { scene in
      let held = Mutex<[any Reply]>([])
      let ready = Slot<Void>()
      let server = try await scene.serve(
        Served { _, reply in
          let count = held.withLock { held in
            held.append(reply)
            return held.count
          }
          if count == 100 { ready.put(()) }
        }
      )
      let client = try await scene.connect(server)
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<100 { group.addTask { try await client.send(post("/")).status } }
        try await ready.take()
        let replies = held.withLock { held in
          defer { held = [] }
          return held
        }
        for reply in replies { reply.send(Answer(status: 204)) }
        for try await status in group { #expect(status == 204) }
      }
    }
  }

  @Test
  func `answers in the place of a handler that forgot to`() async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(scene.serve(Served { _, _ in }))
      #expect(try await client.send(post("/")).status == 500)
    }
  }
}
