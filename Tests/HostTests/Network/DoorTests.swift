import HTTP2
import Host
import Service
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DoorTests {
  @Test
  func `forwards with its own fields in the place of the caller's`() async throws {
    try await Scene.play { scene in
      let (_, client) = try await scene.door()
      let answer = try await client.send(
        post("/p", [("onedoor-pass", "forged"), ("x-one", "kept")]),
        body: bytes(100)
      )
      #expect(answer.status == 200)
      #expect(answer.body == bytes(100))
      #expect(answer.fields.string(of: "onedoor-pass") == "stamped")
      #expect(answer.fields.string(of: "x-one") == "kept")
      #expect(answer.fields.string(of: "onedoor-clock") == "demo")
    }
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
  func `forwards for curl in each version of HTTP`(version: String) async throws {
    try await Scene.play { scene in
      let (door, _) = try await scene.door()
      let text = try await curl(door, version, "-i", "-d", "hello")
      #expect(text.contains("onedoor-pass: stamped"))
      #expect(text.hasSuffix("hello"))
    }
  }

  @Test
  func `carries big bodies both ways`() async throws {
    try await Scene.play { scene in
      let (_, client) = try await scene.door()
      let big = bytes(9 << 20)
      #expect(try await client.send(post("/"), body: big).body == big)
    }
  }

  @Test
  func `answers, serves itself and decides later`() async throws {
    try await Scene.play { scene in
      let (_, client) = try await scene.door(
        Decided { head in
          switch head.path {
          case "/no": .answer(Answer(status: 401))
          case "/here": .local
          default:
            .later { decide in
              decide(head.path == "/later-no" ? .answer(Answer(status: 403)) : .local)
            }
          }
        }
      )
      for (path, status) in [("/no", 401), ("/later-no", 403)] {
        #expect(try await client.send(post(path), body: bytes(10)).status == status)
      }
      for path in ["/here", "/later"] {
        let answer = try await client.send(post(path), body: bytes(300_000))
        #expect(answer.body == bytes(300_000))
      }
    }
  }

  @Test
  func `holds head and body until the decision comes from another thread`() async throws {
    try await Scene.play { scene in
      let slot = Slot<@Sendable (Passage) -> Void>()
      let (_, client) = try await scene.door(Decided { _ in .later { slot.put($0) } })
      async let answer = client.send(post("/"), body: bytes(2 << 20))
      let decide = try await slot.take()
      let open = Decided.open.decide
      let head = RequestHead(verb: "", path: "", fields: HeaderList(), peer: "")
      decide(open(head))
      let body = try await answer.body
      #expect(body == bytes(2 << 20))
    }
  }

  @Test
  func `refuses a body over the limit and tells how it ended once`() async throws {
    try await Scene.play { scene in
      let ends = Mutex<[Int]>([])
      let (door, client) = try await scene.door(
        Decided { _ in
          .forward(
            Forwarding(
              upstream: "echo",
              set: [],
              bodyLimit: 10,
              finished: { status in ends.withLock { $0.append(status) } }
            )
          )
        }
      )
      #expect(try await client.send(post("/"), body: bytes(10)).status == 200)
      #expect(try await client.send(post("/"), body: bytes(11)).status == 413)
      let text = try await curl(door, "--http1.1", "-d", "0123456789a")
      #expect(text.contains(#""code":"resource_exhausted""#))
      // The end is told behind the last byte, which the caller may see first.
      try await eventually("three ends") { ends.withLock { $0.count } >= 3 }
      #expect(ends.withLock { $0 } == [200, 413, 413])
    }
  }

  @Test
  func `says unavailable while the service is dead, and finds it again`() async throws {
    try await Scene.play { scene in
      let upstream = try await scene.serve(Served.echo)
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      #expect(try await client.send(post("/")).status == 200)
      await upstream.stop(grace: .milliseconds(50))
      let answer = try await client.send(post("/"))
      #expect(answer.status == 503)
      #expect(answer.fields.string(of: "retry-after") == "1")
      #expect(String(decoding: answer.body, as: UTF8.self).contains(#""code":"unavailable""#))
      _ = try await scene.serve(Served.echo, port: upstream.port)
      #expect(try await client.send(post("/")).status == 200)
    }
  }

  @Test
  func `changes bodies and envelopes where it has a transcoder`() async throws {
    try await Scene.play { scene in
      let upstream = try await scene.serve(
        Served { request, reply in
          guard request.path == "/stream" else {
            Served.echo.dispatch(request, to: reply)
            return
          }
          let type = Answer.Field("content-type", "application/connect+proto")
          reply.begin(status: 200, fields: [type])
          for byte in [0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 1, 9, 2, 0, 0, 0, 2, 123, 125] as [UInt8] {
            reply.write([byte])
          }
          reply.finish()
        }
      )
      let door = Decided { _ in
        .forward(
          Forwarding(upstream: "echo", set: [], bodyLimit: 100, transcoder: Reversing())
        )
      }
      let server = try await scene.serve(door, upstreams: ["echo": upstream.port])
      let client = try await scene.connect(server)
      let answer = try await client.send(post("/"), body: [1, 2, 3])
      #expect(answer.body == [3, 2, 1, 0])
      #expect(try await client.send(post("/"), body: []).status == 400)
      let stream = try await client.send(post("/stream"), body: [1])
      let expected: [UInt8] = [
        0, 0, 0, 0, 3, 2, 1, 7, 0, 0, 0, 0, 2, 9, 7, 2, 0, 0, 0, 2, 123, 125,
      ]
      #expect(stream.body == expected)
      #expect(stream.fields.string(of: "content-type") == "application/connect+json")
    }
  }
}

/// Turns requests round, and puts a mark behind answers.
private struct Reversing: Transcoder {
  var changesRequest: Bool { true }
  var path: String? { nil }
  var contentType: String { "application/proto" }
  var streamFields: [Answer.Field]? {
    [Answer.Field("content-type", "application/connect+json")]
  }

  func changesAnswer(status: Int, length: Int?) -> Bool { true }

  func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
    body.isEmpty ? .refused(Answer(status: 400)) : .body(body.reversed())
  }

  func answer(_ answer: Answer) -> Answer {
    var answer = answer
    answer.body.append(0)
    return answer
  }

  func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
    (flags, flags & 2 == 0 ? payload.reversed() + [7] : payload)
  }
}
