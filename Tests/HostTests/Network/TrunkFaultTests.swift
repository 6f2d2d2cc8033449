import HTTP2
import Host
import Service
import Testing

/// What a door does when a service does not keep to the form of a trunk.
@Suite(.timeLimit(.minutes(1)))
struct TrunkFaultTests {
  /// What a service says to a call.
  private static func said(_ write: (inout TrunkWriter, OutgoingHead) -> Void) -> [UInt8] {
    var writer = TrunkWriter()
    var list = HeaderList(status: 200)
    list.append("content-type", "application/proto")
    write(&writer, OutgoingHead(HeadTemplate(list)))
    return writer.take()
  }

  /// Ways to say nonsense about a call, each by its own name.
  private static let nonsense: [(String, @Sendable (UInt32) -> [UInt8])] = [
    ("an end without a beginning", { call in said { writer, _ in writer.add(.end, call) } }),
    (
      "a piece without a beginning",
      { call in said { writer, _ in writer.add(piece: [1], of: call) } }
    ),
    (
      "a second beginning",
      { call in
        said { writer, head in
          for _ in 0..<2 { writer.add(.begin, call, head, body: []) }
        }
      }
    ),
    (
      "a whole answer behind a beginning",
      { call in
        said { writer, head in
          writer.add(.begin, call, head, body: [])
          writer.add(.answer, call, head, body: [1])
        }
      }
    ),
    (
      "less than the head says",
      { call in
        said { writer, head in
          writer.add(.begin, call, OutgoingHead(head.template, length: 2), body: [])
          writer.add(piece: [1], of: call)
          writer.add(.end, call)
        }
      }
    ),
    (
      "more than the head says",
      { call in
        said { writer, head in
          writer.add(.begin, call, OutgoingHead(head.template, length: 1), body: [])
          writer.add(piece: [1, 2], of: call)
        }
      }
    ),
    (
      "another length",
      { call in
        said { writer, head in
          writer.add(.answer, call, OutgoingHead(head.template, length: 1), body: [1, 2])
        }
      }
    ),
    ("what only callers say", { call in said { writer, _ in writer.add(.cancel, call) } }),
    ("no record", { _ in [UInt8](repeating: 0xFF, count: 24) }),
  ]

  /// A call whose head tells the first from the others.
  private static func isFirst(_ head: HeaderList) -> Bool { head.string(of: "x-one") == "bad" }

  @Test(arguments: nonsense.map(\.0))
  func `a service that says nonsense leaves nobody waiting`(name: String) async throws {
    let say = try #require(Self.nonsense.first { $0.0 == name }?.1)
    try await Scene.play { scene in
      let upstream = try await ScriptedTrunk.start(on: scene.loops) { call, head in
        Self.isFirst(head)
          ? say(call)
          : Self.said { writer, head in writer.add(.answer, call, head, body: [2]) }
      }
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      // The first call opens the trunk and goes over a stream, those behind it over the trunk.
      #expect(try await client.send(post("/"), body: [0]).body == [1])
      #expect(try await client.send(post("/"), body: [0]).body == [2])
      let answer = try? await client.send(post("/", [("x-one", "bad")]), body: [0])
      #expect(answer?.status ?? 0 == 503 || answer == nil)
      // From then on over streams.
      #expect(try await client.send(post("/"), body: [0]).body == [1])
      await upstream.stop()
    }
  }

  @Test
  func `what is said of a call that was taken back is passed over`() async throws {
    try await Scene.play { scene in
      let late = Slot<UInt32>()
      let upstream = try await ScriptedTrunk.start(on: scene.loops) { call, head in
        if Self.isFirst(head) {
          late.put(call)
          return []
        }
        return Self.said { writer, head in writer.add(.answer, call, head, body: [2]) }
      }
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      #expect(try await client.send(post("/"), body: [0]).body == [1])
      await #expect(throws: ClientError.deadlinePassed) {
        try await client.send(
          post("/", [("x-one", "bad")]),
          body: [0],
          deadline: .milliseconds(100)
        )
      }
      let number = try await late.take()
      // Its place is used again under another number.
      #expect(try await client.send(post("/"), body: [0]).body == [2])
      #expect(number < UInt32(TrunkLimits.calls))
      await upstream.stop()
    }
  }
}
