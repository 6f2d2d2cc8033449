import Testing

@testable import HTTP2

@Suite struct LimitsTests {
  /// A head of exactly that size.
  private func head(size: Int, from head: HeaderList = Example.head()) -> HeaderList {
    var head = head
    let name = "x-filler"
    let rest = size - head.size - name.utf8.count - HeaderList.overheadPerField
    head.append(name: name, value: String(repeating: "a", count: rest))
    return head
  }

  @Test func `a header list at the limit passes, one byte more is reported and answered`() throws {
    let pair = try Joined()
    let fits = head(size: Limits.edge.headerList)
    #expect(fits.size == 16_384)
    let first = try pair.ask(fits)
    let second = try pair.ask(head(size: Limits.edge.headerList + 1), body: [1, 2])
    try pair.exchange()
    #expect(
      pair.serverEvents == [
        .message(stream: first, head: fits, body: []), .headersTooLarge(stream: second),
      ]
    )
    #expect(pair.respond(second, HeaderList(status: 431), body: []))
    try pair.exchange()
    #expect(
      pair.clientEvents == [.message(stream: second, head: HeaderList(status: 431), body: [])]
    )
    #expect(pair.serverStreams == [first])
  }

  @Test func `an answer with too large a head is reported and its stream reset`() throws {
    var limits = Limits.inner
    limits.headerList = 1_000
    let pair = try Joined(client: limits)
    let stream = try pair.ask()
    try pair.exchange()
    pair.server.respond(stream, head(size: 1_001, from: Example.answer()), body: [1])
    try pair.exchange()
    #expect(pair.clientEvents.first == .headersTooLarge(stream: stream))
    #expect(pair.clientStreams.isEmpty)
  }

  @Test func `a collected body at the limit passes, one byte more is reported`() throws {
    let pair = try Joined(bodies: { _ in .collected(limit: 1_000) })
    let fits = try pair.ask(body: Example.body(1_000))
    let tooLarge = try pair.ask(body: Example.body(1_001))
    try pair.exchange()
    #expect(
      pair.serverEvents == [
        .message(stream: fits, head: Example.head(), body: Example.body(1_000)),
        .tooLarge(stream: tooLarge, head: Example.head()),
      ]
    )
    #expect(pair.respond(tooLarge, HeaderList(status: 413), body: []))
    try pair.exchange()
    #expect(
      pair.clientEvents == [.message(stream: tooLarge, head: HeaderList(status: 413), body: [])]
    )
  }

  @Test func `an upload that is too large stops at the window and is cut off`() throws {
    let pair = try Joined(bodies: { _ in .collected(limit: 1_000) })
    let stream = try pair.ask(body: Example.body(3_000_000))
    try pair.exchange()
    #expect(pair.serverEvents == [.tooLarge(stream: stream, head: Example.head())])
    #expect(pair.clientBuffered(stream) == 3_000_000 - Limits.edge.streamWindow)
    pair.server.respond(stream, HeaderList(status: 413), body: [5])
    try pair.exchange()
    #expect(
      pair.clientEvents == [
        .message(stream: stream, head: HeaderList(status: 413), body: [5]),
        .closed(stream: stream, code: .noError),
      ]
    )
    #expect(pair.clientStreams.isEmpty)
    // The connection's window is whole again.
    let next = try pair.ask(body: Example.body(1_000))
    try pair.exchange()
    #expect(
      pair.serverEvents.last
        == .message(stream: next, head: Example.head(), body: Example.body(1_000))
    )
  }

  @Test func `an answer that is too large is reported and its stream reset`() throws {
    let pair = try Joined()
    let stream = try pair.ask(answer: .collected(limit: 10))
    try pair.exchange()
    pair.server.respond(stream, Example.answer(), body: Example.body(11))
    try pair.exchange()
    #expect(pair.clientEvents.first == .tooLarge(stream: stream, head: Example.answer()))
    #expect(pair.clientStreams.isEmpty)
  }

  @Test func `bodies that together would hold too much are refused unheard`() throws {
    var limits = Limits.edge
    limits.collectedBodies = 10_000
    let pair = try Joined(server: limits)
    let first = try pair.begin()
    let second = try pair.begin()
    pair.client.write(first, Example.body(6_000))
    try pair.exchange()
    pair.client.write(second, Example.body(6_000))
    try pair.exchange()
    #expect(pair.serverEvents.isEmpty)
    #expect(pair.clientEvents == [.closed(stream: second, code: .refusedStream)])
    pair.client.finish(first)
    try pair.exchange()
    #expect(pair.serverEvents.count == 1)
    let third = try pair.ask(body: Example.body(10_000))
    try pair.exchange()
    #expect(
      pair.serverEvents.last
        == .message(stream: third, head: Example.head(), body: Example.body(10_000))
    )
  }

  @Test func `requests above the server's streams wait in the client`() throws {
    var limits = Limits.edge
    limits.concurrentStreams = 3
    let pair = try Joined(server: limits)
    #expect(pair.clientPeerStreams == 3)
    let streams = try (0..<5).map { _ in try pair.ask() }
    try pair.exchange()
    #expect(pair.serverEvents.count == 3)
    #expect(pair.clientStreams == streams)
    pair.server.respond(streams[0], Example.answer(), body: [])
    try pair.exchange()
    #expect(pair.serverEvents.count == 4)
    pair.client.reset(streams[4], .cancel)
    pair.server.respond(streams[1], Example.answer(), body: [])
    try pair.exchange()
    #expect(pair.serverEvents.count == 4)
    #expect(pair.clientEvents.contains(.closed(stream: streams[4], code: .cancel)))
    #expect(pair.clientStreams == [streams[2], streams[3]])
  }

  @Test func `a client asks for at most 100 streams before it knows the server's number`() throws {
    let pair = Joined(untouchedClient: .inner, server: .edge)
    #expect(pair.clientPeerStreams == 100)
    for _ in 0..<101 { _ = try pair.ask() }
    let sent = try pair.client.pending()
    try pair.server.receive(sent)
    pair.server.drain(into: &pair.serverEvents)
    #expect(pair.serverEvents.count { $0.isMessage } == 100)
    try pair.exchange()
    #expect(pair.serverEvents.count { $0.isMessage } == 101)
  }

  @Test func `streams above the limit are refused while the peer may not know it`() throws {
    var limits = Limits.edge
    limits.concurrentStreams = 3
    let pair = Joined(untouchedClient: .inner, server: limits)
    let streams = try (0..<4).map { _ in try pair.ask() }
    try pair.exchange()
    #expect(pair.serverEvents.count { $0.isMessage } == 3)
    #expect(pair.clientEvents.contains(.closed(stream: streams[3], code: .refusedStream)))
  }

  @Test func `a client sees that its stream identifiers run out`() throws {
    let pair = try Joined()
    #expect(!pair.clientIsExhausted)
    pair.client.skip(toStream: 0x7FFE_FFFF)
    #expect(!pair.clientIsExhausted)
    _ = try pair.ask()
    #expect(pair.clientIsExhausted)
    pair.client.skip(toStream: 0x7FFF_FFFF)
    let last = try pair.ask()
    #expect(last == Int32.max)
    let none = pair.client.request(Example.head(), body: [], answer: .streamed)
    #expect(none == nil)
  }
}

extension SessionEvent {
  var isMessage: Bool {
    if case .message = self { return true }
    return false
  }
}
