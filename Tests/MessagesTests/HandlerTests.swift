import Messages
import Testing

@Suite("Handlers and clients")
struct HandlerTests {
  private func client() -> ProbeServiceClient<Loopback> {
    var loopback = Loopback()
    Probe().register(in: &loopback)
    return ProbeServiceClient(loopback)
  }

  @Test
  func `each kind of call reaches its handler with its context`() async throws {
    let client = client()
    #expect(try await client.echo(.init(text: "a")).text == "a in route")
    #expect(try await client.echoRead(.init(text: "a")).text == "a in snapshot")
    #expect(try await client.echoWrite(.init(text: "a")).text == "a in transaction")
    var numbers: [UInt32] = []
    for try await answer in client.echoStream(.init(text: "a", count: 5)) {
      numbers.append(answer.number)
    }
    #expect(numbers == [1, 2, 3, 4, 5])
  }

  @Test
  func `an error of a handler reaches the caller`() async {
    await #expect(throws: Refused.self) { try await client().echoNobody(.init()) }
  }

  @Test
  func `every method is registered`() {
    #expect(
      Set(client().caller.unary.keys).union(client().caller.streams.keys)
        == Set(ProbeV1.ProbeService.methods.map(\.path))
    )
  }
}

private struct Refused: Error {}

private struct Probe: ProbeServiceHandlers {
  func echo(_ request: ProbeV1.EchoRequest, _ call: Route) async throws -> ProbeV1.EchoResponse {
    ProbeV1.EchoResponse(text: request.text + call.name)
  }

  func echoRead(
    _ request: ProbeV1.EchoReadRequest,
    _ call: Snapshot
  ) throws -> ProbeV1.EchoReadResponse {
    ProbeV1.EchoReadResponse(text: request.text + call.name)
  }

  func echoWrite(
    _ request: ProbeV1.EchoWriteRequest,
    _ call: Transaction
  ) throws -> ProbeV1.EchoWriteResponse {
    ProbeV1.EchoWriteResponse(text: request.text + call.name)
  }

  func echoStream(
    _ request: ProbeV1.EchoStreamRequest,
    after position: Int64?,
    limit: Int,
    _ call: Snapshot
  ) throws -> StreamPage<ProbeV1.EchoStreamResponse> {
    let first = UInt32(position ?? 0) + 1
    let last = min(first + UInt32(limit) - 1, request.count)
    return StreamPage(
      messages: (first...last).map { ProbeV1.EchoStreamResponse(text: request.text, number: $0) },
      position: Int64(last),
      isLast: last == request.count
    )
  }

  func echoNobody(
    _: ProbeV1.EchoNobodyRequest,
    _: Transaction
  ) throws -> ProbeV1.EchoNobodyResponse {
    throw Refused()
  }
}

private struct Snapshot: Sendable { let name = " in snapshot" }
private struct Transaction: Sendable { let name = " in transaction" }
private struct Route: Sendable { let name = " in route" }

/// Carries calls to handlers of the same process, as bytes.
private struct Loopback: HandlerRegistry, Caller {
  var unary: [String: @Sendable ([UInt8]) async throws -> [UInt8]] = [:]
  var streams: [String: @Sendable ([UInt8]) throws -> [[UInt8]]] = [:]

  mutating func write<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Transaction) throws -> Response
  ) {
    unary[method.path] = { try handler(try Request.decode($0), Transaction()).encode() }
  }

  mutating func read<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Snapshot) throws -> Response
  ) {
    unary[method.path] = { try handler(try Request.decode($0), Snapshot()).encode() }
  }

  mutating func route<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Route) async throws -> Response
  ) {
    unary[method.path] = { try await handler(try Request.decode($0), Route()).encode() }
  }

  mutating func stream<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Int64?, Int, Snapshot) throws -> StreamPage<Response>
  ) {
    streams[method.path] = { bytes in
      let request = try Request.decode(bytes)
      var position: Int64?
      var answers: [[UInt8]] = []
      while true {
        let page = try handler(request, position, 2, Snapshot())
        answers += page.messages.map { $0.encode() }
        if page.isLast { return answers }
        position = page.position
      }
    }
  }

  func unary<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ request: Request,
    _: CallOptions
  ) async throws -> Response {
    guard let handler = unary[method.path] else { throw Refused() }
    return try Response.decode(try await handler(request.encode()))
  }

  func stream<Request: Message, Response: Message>(
    _ method: Messages.Method<Request, Response>,
    _ request: Request,
    _: CallOptions
  ) -> AsyncThrowingStream<Response, any Error> {
    AsyncThrowingStream { continuation in
      do {
        for bytes in try streams[method.path]?(request.encode()) ?? [] {
          continuation.yield(try Response.decode(bytes))
        }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
  }
}
