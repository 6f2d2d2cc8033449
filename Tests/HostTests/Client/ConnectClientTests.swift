import Connect
import HTTP2
import Host
import Messages
import Service
import Synchronization
import TestSupport
import Testing

/// The client against servers that answer well, strangely and not at all.
@Suite(.timeLimit(.minutes(1)))
struct ConnectClientTests {
  private typealias Probe = ProbeV1.ProbeService

  /// Runs a test with a client of a server that gives one answer to every call.
  private static func play(
    _ settings: ClientSettings = ClientSettings(),
    answering: @escaping @Sendable (InboundRequest, any Reply) -> Void,
    _ body: (ConnectClient) async throws -> Void
  ) async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served(answer: answering))
      let connection = try await scene.connect(server)
      try await body(ConnectClient(over: connection, to: .loopback(server.port), settings))
    }
  }

  /// Answers Echo with what the request says, in its codec and coding.
  @Sendable private static func echo(_ request: InboundRequest, _ reply: any Reply) {
    let isGet = request.verb == "GET"
    let query = GetQuery(path: request.path)
    let type = request.fields.value(of: "content-type") ?? "application/\(query.encoding ?? "")"
    let isJSON = type == "application/json"
    guard let body = isGet ? try? query.body() : request.body,
      let plain = try? RequestBody.read(
        body,
        encoding: isGet ? query.compression : request.fields.value(of: "content-encoding"),
        isEnveloped: false,
        limit: 1 << 20
      ),
      let echo = try? isJSON
        ? ProbeV1.EchoRequest.decode(json: plain) : ProbeV1.EchoRequest.decode(plain)
    else { return reply.send(Answer(status: 400)) }
    let response = ProbeV1.EchoResponse(text: echo.text)
    var answer = Answer(
      status: 200,
      fields: [
        .init("content-type", type), .init("x-verb", request.verb), .init("trailer-x-end", "1"),
        .init("trailer-x-end", "2"),
        .init("x-timeout", request.fields.value(of: "connect-timeout-ms") ?? "none"),
      ],
      body: isJSON ? response.encodeJSON() : response.encode()
    )
    if request.fields.value(of: "accept-encoding") == "gzip" {
      answer.body = Gzip.compress(answer.body)
      answer.fields.append(.init("content-encoding", "gzip"))
    }
    reply.send(answer)
  }

  static let forms: [ClientSettings] = [Codec.proto, .json].flatMap { codec in
    [true, false].flatMap { isGet in
      [true, false].map { isPacked in
        var settings = ClientSettings()
        settings.codec = codec
        settings.usesGet = isGet
        settings.compressesRequests = isPacked
        settings.takesGzip = isPacked
        return settings
      }
    }
  }

  @Test(arguments: forms)
  func `a unary call comes back in every form`(settings: ClientSettings) async throws {
    try await Self.play(settings, answering: Self.echo) { client in
      for text in ["办理", String(repeating: "long ", count: 400)] {
        let answer = try await client.call(Probe.echo, ProbeV1.EchoRequest(text: text))
        #expect(answer.message.text == text)
        #expect(answer.trailers == [EndOfStream.Metadata("x-end", ["1", "2"])])
        #expect(answer.headers.string(of: "x-verb") == (settings.usesGet ? "GET" : "POST"))
        #expect(answer.headers.string(of: "x-timeout") == "none")
      }
      let options = CallOptions(timeout: .milliseconds(2_500))
      let timed = try await client.call(Probe.echo, ProbeV1.EchoRequest(), options)
      #expect(timed.headers.string(of: "x-timeout") == "2500")
    }
  }

  @Test
  func `what is too long for a path goes by POST`() async throws {
    var settings = ClientSettings()
    settings.usesGet = true
    try await Self.play(settings, answering: Self.echo) { client in
      let text = String(repeating: "x", count: 4_096)
      let answer = try await client.call(Probe.echo, ProbeV1.EchoRequest(text: text))
      #expect(answer.headers.string(of: "x-verb") == "POST")
      #expect(answer.message.text == text)
    }
  }

  @Test
  func `an answer of a newer server is read without what is new`() async throws {
    var settings = ClientSettings()
    settings.codec = .json
    try await Self.play(
      settings,
      answering: { _, reply in
        let body = Array(#"{"text":"a","reading":{"speed":7}}"#.utf8)
        let type = Answer.Field("content-type", "application/json")
        reply.send(Answer(status: 200, fields: [type], body: body))
      }
    ) { client in
      let answer = try await client.call(Probe.echo, ProbeV1.EchoRequest())
      #expect(answer.message.text == "a")
    }
  }

  // MARK: - Strange answers

  static let strange = TextTable(
    columns: 5,
    """
    # status, content type, coding, body, code
    200 image/jpeg        -    x                           unknown            # no codec
    200 -                 -    -                           unknown            # no type at all
    200 application/json  -    {}                          internal           # another codec
    200 application/proto foo  x                           internal           # unknown coding
    200 application/proto gzip x                           internal           # damaged coding
    200 application/proto -    nonsense                    internal           # no message
    403 application/proto -    x                           permission_denied  # no JSON
    400 text/plain        -    x                           internal           # bare 400
    401 text/plain        -    x                           unauthenticated    # bare 401
    404 text/plain        -    x                           unimplemented      # bare 404
    409 text/plain        -    x                           unknown            # bare 409
    413 text/plain        -    x                           unknown            # bare 413
    429 text/plain        -    x                           unavailable        # bare 429
    500 text/plain        -    x                           unknown            # bare 500
    502 text/html         -    x                           unavailable        # bare 502
    503 text/html         -    x                           unavailable        # bare 503
    504 text/html         -    x                           unavailable        # bare 504
    503 application/json  -    {                           unavailable        # broken JSON
    401 application/json  -    {}                          unauthenticated    # no code
    401 application/json  -    {"code":null}               unauthenticated    # null code
    401 application/json  -    {"code":"oops"}             unauthenticated    # strange code
    500 application/json  -    {"code":"aborted"}          aborted            # code over status
    500 application/json  -    {"code":"aborted","x":[]}   aborted            # unknown member
    """
  )

  @Test(arguments: strange.rows)
  func `a strange answer has a code`(row: TextTable.Row) async throws {
    let columns = row.columns.map { $0 == "-" ? "" : $0 }
    try await Self.play(answering: { _, reply in
      var fields = [Answer.Field("trailer-x", "y")]
      if !columns[1].isEmpty { fields.append(.init("content-type", columns[1])) }
      if !columns[2].isEmpty { fields.append(.init("content-encoding", columns[2])) }
      reply.send(
        Answer(status: Int(columns[0]) ?? 0, fields: fields, body: Array(columns[3].utf8))
      )
    }) { client in
      let failure = await #expect(throws: CallFailure.self) {
        try await client.call(Probe.echo, ProbeV1.EchoRequest())
      }
      #expect(failure?.code.name == columns[4])
      #expect(failure?.headers?.string(of: "trailer-x") == "y")
    }
  }

  @Test(arguments: Code.allCases)
  func `every code is read with its message, details and metadata`(code: Code) async throws {
    let body = ErrorBody(
      code: code,
      message: "\n☺ 😈 \"办\"",
      details: [.init(type: "a.B", value: [1, 255], debug: Array("{}".utf8))]
    )
    for isPacked in [false, true] {
      try await Self.play(answering: { _, reply in
        var answer = Answer(
          status: code.httpStatus,
          fields: [.init("content-type", "application/json"), .init("trailer-a", "b")],
          body: isPacked ? Gzip.compress(body.json()) : body.json()
        )
        if isPacked { answer.fields.append(.init("content-encoding", "gzip")) }
        reply.send(answer)
      }) { client in
        let failure = await #expect(throws: CallFailure.self) {
          try await client.call(Probe.echo, ProbeV1.EchoRequest())
        }
        #expect(failure?.code == code)
        #expect(failure?.message == body.message)
        #expect(failure?.details == [.init(type: "a.B", value: [1, 255])])
        #expect(failure?.trailers == [EndOfStream.Metadata("a", ["b"])])
      }
    }
  }

  @Test
  func `an answer at the limit is taken, one byte more is not`() async throws {
    let length = ProbeV1.EchoResponse(text: String(repeating: "x", count: 300)).encode().count
    for isPacked in [false, true] {
      for limit in [length, length - 1] {
        var settings = ClientSettings()
        settings.messageLimit = limit
        settings.takesGzip = isPacked
        try await Self.play(settings, answering: Self.echo) { client in
          let request = ProbeV1.EchoRequest(text: String(repeating: "x", count: 300))
          if limit == length {
            _ = try await client.call(Probe.echo, request)
          } else {
            let failure = await #expect(throws: CallFailure.self) {
              try await client.call(Probe.echo, request)
            }
            #expect(failure?.code == .resourceExhausted)
          }
        }
      }
    }
  }

  @Test
  func `a call ends at its deadline, or when it is given up`() async throws {
    let replies = Mutex<[any Reply]>([])
    try await Self.play(answering: { _, reply in replies.withLock { $0.append(reply) } }) {
      client in
      let failure = await #expect(throws: CallFailure.self) {
        try await client.call(
          Probe.echo,
          ProbeV1.EchoRequest(),
          CallOptions(timeout: .milliseconds(30))
        )
      }
      #expect(failure?.code == .deadlineExceeded)
      await withTaskGroup { group in
        group.addTask {
          await #expect(throws: CancellationError.self) {
            try await client.call(Probe.echo, ProbeV1.EchoRequest())
          }
        }
        while replies.withLock({ $0.count }) < 2 { await Task.yield() }
        group.cancelAll()
      }
      try await eventually("The handlers hear of it.") {
        replies.withLock { $0.allSatisfy(\.isCancelled) }
      }
    }
  }

  @Test
  func `a server that is not there is unavailable`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served(answer: Self.echo))
      let connection = try await scene.connect(server)
      await server.stop(grace: .milliseconds(10))
      let client = ConnectClient(over: connection, to: .loopback(server.port))
      let failure = await #expect(throws: CallFailure.self) {
        try await client.call(Probe.echo, ProbeV1.EchoRequest())
      }
      #expect(failure?.code == .unavailable)
    }
  }

  // MARK: - Streams

  /// The envelopes of an answer, as a short text each: flags, then the payload.
  static let streams = TextTable(
    columns: 4,
    """
    # coding, envelopes, messages, end
    -    0:a,0:b,2:{}                                   2 ok
    gzip 1:a,0:b,3:{}                                   2 ok
    -    2:{}                                           0 ok
    -    0:a,2:{"error":{"code":"aborted"}}             1 aborted
    -    2:{"error":{"code":"not_found"}}               0 not_found
    -    2:{"error":{"code":"strange"}}                 0 unknown
    -    2:{"error":{}}                                 0 unknown
    -    0:a                                            1 internal
    -    0:a,2:nothing                                  1 internal
    -    0:a,2:[]                                       1 internal
    -    1:a,2:{}                                       0 internal
    foo  0:a,2:{}                                       0 internal
    -    0:a,cut                                        1 internal
    """
  )

  @Test(arguments: streams.rows)
  func `a stream is read to its end`(row: TextTable.Row) async throws {
    var body: [UInt8] = []
    for part in row.columns[1].split(separator: ",") {
      guard let flag = part.first?.wholeNumberValue else {
        body += [0, 0, 0]
        continue
      }
      let text = part.dropFirst(2)
      let plain =
        flag & 2 == 0
        ? ProbeV1.EchoStreamResponse(text: String(text)).encode() : Array(text.utf8)
      let flags = Envelope.Flags(rawValue: UInt8(flag))
      Envelope(flags: flags, payload: flag & 1 == 1 ? Gzip.compress(plain) : plain)
        .append(to: &body)
    }
    let whole = body
    try await Self.play(answering: { request, reply in
      var fields = [Answer.Field("content-type", "application/connect+proto")]
      if row.columns[0] != "-" {
        fields.append(.init("connect-content-encoding", row.columns[0]))
      }
      reply.begin(status: 200, fields: fields)
      for byte in whole { reply.write([byte]) }
      reply.finish()
    }) { client in
      var count = 0
      var end = "ok"
      do {
        let request = ProbeV1.EchoStreamRequest(count: 1)
        for try await _ in client.stream(Probe.echoStream, request, CallOptions()) { count += 1 }
      } catch {
        end = (error as? CallFailure)?.code.name ?? "\(error)"
      }
      #expect(count == Int(row.columns[2]))
      #expect(end == row.columns[3])
    }
  }

  @Test(arguments: [
    (404, "text/plain", "unimplemented"), (503, "application/json", "unavailable"),
    (200, "application/proto", "unknown"), (200, "application/connect+json", "internal"),
    (200, "image/jpeg", "unknown"),
  ])
  func `a stream that is none is refused`(
    _ status: Int,
    _ type: String,
    _ code: String
  ) async throws {
    try await Self.play(answering: { _, reply in
      reply.send(Answer(status: status, fields: [.init("content-type", type)], body: [1]))
    }) { client in
      let failure = await #expect(throws: CallFailure.self) {
        try await client.open(Probe.echoStream.info, [])
      }
      #expect(failure?.code.name == code)
    }
  }

  @Test
  func `the end of a stream brings its metadata`() async throws {
    let metadata = [EndOfStream.Metadata("x-end-bin", ["AAEC"])]
    let error = ErrorBody(code: .dataLoss, message: "gone")
    for end in [EndOfStream(metadata: metadata), EndOfStream(error: error, metadata: metadata)] {
      try await Self.play(answering: { _, reply in
        let type = Answer.Field("content-type", "application/connect+proto")
        reply.begin(status: 200, fields: [type, .init("x-head", "h")])
        reply.write(Envelope(flags: .endOfStream, payload: end.json()).bytes)
        reply.finish()
      }) { client in
        let stream = try await client.open(Probe.echoStream.info, [])
        #expect(stream.headers.string(of: "x-head") == "h")
        do {
          #expect(try await stream.next() == nil)
          #expect(end.error == nil)
        } catch let failure as CallFailure {
          #expect(failure.code == end.error?.code)
          #expect(failure.trailers == metadata)
        }
        #expect(stream.trailers == metadata)
      }
    }
  }

  @Test
  func `a stream that nobody reads any more is broken off`() async throws {
    let replies = Mutex<[any Reply]>([])
    try await Self.play(answering: { _, reply in
      let type = Answer.Field("content-type", "application/connect+proto")
      reply.begin(status: 200, fields: [type])
      reply.write(Envelope(payload: []).bytes)
      replies.withLock { $0.append(reply) }
    }) { client in
      let request = ProbeV1.EchoStreamRequest(count: 1)
      for try await _ in client.stream(Probe.echoStream, request, CallOptions()) { break }
      try await eventually("The handler hears of it.") {
        replies.withLock { $0.allSatisfy(\.isCancelled) }
      }
      let failure = await #expect(throws: CallFailure.self) {
        let options = CallOptions(timeout: .milliseconds(30))
        for try await _ in client.stream(Probe.echoStream, request, options) {}
      }
      #expect(failure?.code == .deadlineExceeded)
    }
  }
}
