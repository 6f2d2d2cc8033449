import Testing

@testable import HTTP2

@Suite struct FlowTests {
  @Test func `a server that consumes nothing stalls the sender at its window`() throws {
    let pair = try Joined(bodies: { _ in .streamed })
    let body = Example.body(1_000_000)
    let stream = try pair.ask(body: body)
    try pair.exchange()
    #expect(pair.serverEvents.joinedData.count == Limits.edge.streamWindow)
    #expect(pair.clientBuffered(stream) == 1_000_000 - Limits.edge.streamWindow)

    pair.server.consume(stream, 200_000)
    try pair.exchange()
    #expect(pair.serverEvents.joinedData.count == Limits.edge.streamWindow + 200_000)

    while let count = pair.serverEvents.unconsumed(of: stream), count > 0 {
      pair.server.consume(stream, count)
      pair.serverEvents.removeAll { $0.isData }
      try pair.exchange()
      if pair.serverEvents.last == .end(stream: stream) { break }
    }
    #expect(pair.serverEvents.last == .end(stream: stream))
  }

  @Test func `a client that consumes nothing stalls a streamed answer`() throws {
    var limits = Limits.inner
    limits.streamWindow = 100_000
    let pair = try Joined(client: limits)
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer(), body: Example.body(250_000))
    try pair.exchange()
    #expect(pair.clientEvents.joinedData.count == 100_000)
    pair.client.consume(stream, 100_000)
    try pair.exchange()
    #expect(pair.clientEvents.joinedData.count == 200_000)
    pair.client.consume(stream, 100_000)
    try pair.exchange()
    #expect(pair.clientEvents.joinedData == Example.body(250_000))
    #expect(pair.clientEvents.last == .end(stream: stream))
  }

  @Test func `streams that nobody consumes hold back the connection, others do not`() throws {
    let pair = try Joined(bodies: { $0.has(":path", "/slow") ? .streamed : .collected(limit: 99) })
    for _ in 0..<4 {
      _ = try pair.ask(Example.head(path: "/slow"), body: Example.body(300_000))
    }
    try pair.exchange()
    #expect(pair.serverEvents.joinedData.count == Limits.edge.connectionWindow)
    let late = try pair.ask(body: [1])
    try pair.exchange()
    #expect(!pair.serverEvents.contains(.message(stream: late, head: Example.head(), body: [1])))
    pair.server.consume(1, Limits.edge.streamWindow)
    pair.server.consume(3, Limits.edge.streamWindow)
    try pair.exchange()
    #expect(pair.serverEvents.contains(.message(stream: late, head: Example.head(), body: [1])))
  }

  @Test func `what was never consumed goes back to the connection when its stream ends`() throws {
    let pair = try Joined(bodies: { _ in .streamed })
    for _ in 0..<20 {
      let stream = try pair.ask(body: Example.body(300_000))
      pair.serverEvents = []
      try pair.exchange()
      #expect(pair.serverEvents.joinedData.count == Limits.edge.streamWindow)
      pair.client.reset(stream, .cancel)
      try pair.exchange()
      #expect(pair.serverEvents.last == .closed(stream: stream, code: .cancel))
      pair.server.consume(stream, 300_000)
    }
  }

  @Test func `consuming more than was given opens no wider window`() throws {
    let pair = try Joined(bodies: { _ in .streamed })
    let stream = try pair.ask(body: Example.body(900_000))
    try pair.exchange()
    pair.server.consume(stream, 10_000_000)
    try pair.exchange()
    #expect(pair.serverEvents.joinedData.count == 2 * Limits.edge.streamWindow)
    pair.server.consume(stream, 1)
    try pair.exchange()
    #expect(pair.serverEvents.joinedData.count == 2 * Limits.edge.streamWindow)
  }

  @Test func `write asks to stop at the mark and the session tells when to go on`() throws {
    var server = Limits.edge
    server.streamBuffer = 50_000
    var client = Limits.inner
    client.streamWindow = 65_535
    let pair = try Joined(client: client, server: server)
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer())
    let belowMark = pair.server.write(stream, Example.body(49_999))
    let atMark = pair.server.write(stream, [0])
    #expect(belowMark)
    #expect(!atMark)
    try pair.exchange()
    #expect(pair.serverEvents.last == .writable(stream: stream))

    pair.serverEvents = []
    let second = pair.server.write(stream, Example.body(100_000))
    #expect(!second)
    try pair.exchange()
    #expect(pair.serverBuffered(stream) == 150_000 - 65_535)
    #expect(pair.serverEvents.isEmpty)
    pair.client.consume(stream, 65_535)
    try pair.exchange()
    #expect(pair.serverBuffered(stream) == 150_000 - 2 * 65_535)
    #expect(pair.serverEvents == [.writable(stream: stream)])
    let third = pair.server.write(stream, [1])
    #expect(third)
  }

  @Test func `send stops where its owner says and goes on later`() throws {
    let pair = try Joined()
    _ = try pair.ask(body: Example.body(100_000))
    var pieces: [[UInt8]] = []
    while pair.client.wantsWrite {
      let before = pieces.count
      try pair.client.send { piece in
        pieces.append(Array(piece))
        return false
      }
      if pieces.count == before { break }
    }
    #expect(pieces.count > 5)
    for piece in pieces { try pair.server.receive(piece) }
    try pair.exchange()
    #expect(
      pair.serverEvents == [.message(stream: 1, head: Example.head(), body: Example.body(100_000))]
    )
  }

  @Test func `a body cut into single bytes does not make an event of each`() throws {
    let body = Example.body(10_000)
    var server = ServerSession(limits: .edge, bodies: { _ in .streamed })
    var bytes = Frames.preface + Frames.emptySettings
    bytes += Frames.headers(stream: 1, Frames.getRoot) + Frames.headers(stream: 3, Frames.getRoot)
    for byte in body { bytes += Frames.data(stream: 1, [byte]) }
    bytes += Frames.data(stream: 3, [5]) + Frames.data(stream: 1, endOfStream: true, [6])
    try server.receive(bytes)
    var events: [SessionEvent] = []
    server.drain(into: &events)
    #expect(events.count { $0.isData } == 3)
    #expect(events.joinedData == body + [5, 6])
    #expect(events.last == .end(stream: 1))
  }

  @Test func `a queue of many small writes keeps its order`() throws {
    let pair = try Joined()
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer())
    let body = Example.body(5_000)
    for byte in body { pair.server.write(stream, [byte]) }
    pair.server.finish(stream)
    try pair.exchange()
    #expect(pair.clientEvents.joinedData == body)
  }
}

extension SessionEvent {
  var isData: Bool {
    if case .data = self { return true }
    return false
  }
}

extension [SessionEvent] {
  /// How many bytes of the stream these events carry.
  func unconsumed(of stream: Int32) -> Int? {
    compactMap { event -> Int? in
      guard case .data(stream, let bytes) = event else { return nil }
      return bytes.count
    }.reduce(0, +)
  }
}
