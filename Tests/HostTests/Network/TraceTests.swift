import HTTP2
import Host
import Kernel
import Service
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TraceTests {
  static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  /// Answers with the fields of the request that are told apart from call to call.
  static let told = Served { request, reply in
    let names = ["traceparent", "tracestate", "idempotency-key"]
    let pairs = (request.fields as? HeaderList)?.pairs ?? []
    let lines = pairs.filter { names.contains($0.name) }.map { "\($0.name): \($0.value)" }
    reply.send(Answer(status: 200, body: Array(lines.sorted().joined(separator: "\n").utf8)))
  }

  /// How a door lets calls through.
  enum Manner: CaseIterable {
    /// Each is decided anew.
    case anew
    /// Each is decided on another thread.
    case later
    /// The head of the first is recognised in the others.
    case recognised
    /// Likewise, and the body is changed on the way.
    case changed

    var door: Decided {
      let ticket = self == .recognised || self == .changed ? KnownHeadTests.Pad() : nil
      var forwarding = Forwarding(upstream: "echo", set: [], bodyLimit: 100, ticket: ticket)
      if self == .changed { forwarding.transcoder = Doubling() }
      let passage = Passage.forward(forwarding)
      return Decided { [self] _ in self == .later ? .later { $0(passage) } : passage }
    }
  }

  /// Doubles the bodies of requests.
  struct Doubling: Transcoder {
    let changesRequest = true
    let path: String? = nil
    let contentType = "application/proto"
    let streamFields: [Answer.Field]? = nil

    func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
      .body(body + body)
    }

    func changesAnswer(status: Int, length: Int?) -> Bool { false }
    func answer(_ answer: Answer) -> Answer { answer }
    func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
      (flags, payload)
    }
  }

  func door(_ scene: Scene, _ manner: Manner) async throws -> Server {
    let upstream = try await scene.serve(Self.told)
    return try await scene.serve(manner.door, limits: .edge, upstreams: ["echo": upstream.port])
  }

  /// What came at the service: its fields by name.
  func came(_ answer: ClientAnswer) -> [String: [String]] {
    var fields: [String: [String]] = [:]
    for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") {
      let halves = line.split(separator: ": ", maxSplits: 1)
      fields[String(halves[0]), default: []].append(String(halves[1]))
    }
    return fields
  }

  func trace(_ fields: [String: [String]]) throws -> TraceContext {
    #expect(fields["traceparent"]?.count == 1)
    return try #require(TraceContext(fields["traceparent"]?.first))
  }

  @Test(arguments: Manner.allCases)
  func `a caller's trace goes on, with a step of the door's own for each call`(
    manner: Manner
  ) async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(try await door(scene, manner))
      var spans: Set<UInt64> = []
      for number in 1...20 {
        let fields = [
          ("traceparent", Self.parent), ("tracestate", "congo=t61rcWkgMzE,rojo=\(number)"),
          ("idempotency-key", "k\(number)"),
        ]
        let came = came(try await client.send(post("/p", fields)))
        let trace = try trace(came)
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.flags == 1 && trace.spanID != "00f067aa0ba902b7")
        #expect(came["tracestate"] == ["congo=t61rcWkgMzE,rojo=\(number)"])
        #expect(came["idempotency-key"] == ["k\(number)"])
        spans.insert(trace.span)
      }
      #expect(spans.count == 20)
    }
  }

  @Test(arguments: Manner.allCases)
  func `a call without a trace begins one, each its own`(manner: Manner) async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(try await door(scene, manner))
      var seen: Set<String> = []
      for _ in 1...50 {
        let came = came(try await client.send(post("/p")))
        let trace = try trace(came)
        #expect(trace.flags == TraceContext.sampled)
        #expect(came["tracestate"] == nil)
        seen.formUnion([trace.traceID, trace.spanID])
      }
      #expect(seen.count == 100)
    }
  }

  /// Fields of a trace that are not to go on as they are.
  static let odd: [(name: String, fields: [(String, String)], goesOn: Bool, states: [String])] = [
    ("no trace", [("traceparent", "nonsense"), ("tracestate", "a=1")], false, []),
    ("capitals", [("traceparent", parent.uppercased()), ("tracestate", "a=1")], false, []),
    ("version ff", [("traceparent", "ff" + parent.dropFirst(2))], false, []),
    ("empty", [("traceparent", "")], false, []),
    ("a state alone", [("tracestate", "a=1")], false, []),
    ("two traces", [("traceparent", parent), ("traceparent", parent)], false, []),
    ("a later version", [("traceparent", "42" + parent.dropFirst(2) + "-x")], true, []),
    ("no state", [("traceparent", parent), ("tracestate", "nonsense")], true, []),
    ("an empty state", [("traceparent", parent), ("tracestate", "")], true, []),
    (
      "two states", [("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2")], true,
      ["a=1", "b=2"]
    ),
    (
      "one of them none", [("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b")],
      true, []
    ),
    (
      "512 characters",
      [("traceparent", parent), ("tracestate", "a=" + String(repeating: "x", count: 510))], true,
      ["a=" + String(repeating: "x", count: 510)]
    ),
    (
      "513 characters",
      [("traceparent", parent), ("tracestate", "a=" + String(repeating: "x", count: 511))], true,
      []
    ),
    (
      "33 members",
      [
        ("traceparent", parent), ("tracestate", (1...33).map { "a\($0)=1" }.joined(separator: ",")),
      ],
      true, []
    ),
  ]

  @Test(arguments: Manner.allCases)
  func `what is not valid is replaced, and a state that is not valid dropped`(
    manner: Manner
  ) async throws {
    try await Scene.play { scene in
      let client = try await scene.connect(try await door(scene, manner))
      for (name, fields, goesOn, states) in Self.odd {
        for _ in 1...2 {
          let came = came(try await client.send(post("/p", fields)))
          let trace = try trace(came)
          #expect((trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736") == goesOn, "\(name)")
          #expect(came["tracestate", default: []] == states, "\(name)")
        }
      }
    }
  }

  @Test(arguments: Manner.allCases)
  func `HTTP 1.1 is treated alike`(manner: Manner) async throws {
    try await Scene.play { scene in
      let server = try await door(scene, manner)
      let with = try await curl(
        server,
        "--http1.1",
        "-d",
        "x",
        "-H",
        "Traceparent: \(Self.parent)",
        "-H",
        "Tracestate: a=1"
      )
      #expect(with.contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"))
      #expect(with.contains("tracestate: a=1") && !with.contains("00f067aa0ba902b7"))
      let without = try await curl(server, "--http1.1", "-d", "x", "-H", "Tracestate: a=1")
      #expect(without.contains("traceparent: 00-") && !without.contains("tracestate"))
    }
  }

  /// Notes the trace of each call, and leaves each third to the endpoint.
  final class Noting: KnownHead {
    let traces = Mutex<[TraceContext?]>([])

    func answer(to body: [UInt8], trace: TraceContext?) -> PromptAnswer? {
      let count = traces.withLock { traces in
        traces.append(trace)
        return traces.count
      }
      return count % 3 == 0 ? nil : .own(Answer(status: 200))
    }
  }

  struct Knowing: Endpoint {
    let noting = Noting()

    func dispatch(_ request: InboundRequest, to reply: any Reply) {
      TraceTests.told.dispatch(request, to: reply)
    }

    func known(_ head: RequestHead) -> (any KnownHead)? { noting }
  }

  @Test func `a service that knows the head still sees each call's own trace`() async throws {
    try await Scene.play { scene in
      let knowing = Knowing()
      let client = try await scene.connect(try await scene.serve(knowing))
      let texts = (1...6).map { "00-4bf92f3577b34da6a3ce929d0e0e4736-000000000000000\($0)-01" }
      for (index, text) in texts.enumerated() {
        let answer = try await client.send(post("/p", [("traceparent", text)]))
        #expect(answer.status == 200)
        // What the known head left to the endpoint has the trace too.
        #expect(came(answer)["traceparent"] == (index % 3 == 2 ? [text] : nil))
      }
      _ = try await client.send(post("/p"))
      #expect(knowing.noting.traces.withLock { $0 } == texts.map { TraceContext($0) } + [nil])
    }
  }
}
