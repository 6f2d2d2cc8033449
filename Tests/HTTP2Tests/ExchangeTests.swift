import TestSupport
import Testing

@testable import HTTP2

@Suite struct ExchangeTests {
  @Test func `a call crosses two sessions and ends without a word`() throws {
    let pair = try Joined()
    let stream = try pair.ask(Example.head(), body: [1, 2, 3], answer: .collected(limit: 64))
    try pair.exchange()
    #expect(pair.serverEvents == [.message(stream: stream, head: Example.head(), body: [1, 2, 3])])
    #expect(pair.serverStreams == [stream])
    #expect(pair.respond(stream, Example.answer(), body: [9]))
    try pair.exchange()
    #expect(pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: [9])])
    #expect(pair.serverEvents.count == 1)
    #expect(pair.serverStreams.isEmpty)
    #expect(pair.clientStreams.isEmpty)
  }

  @Test func `an answer of either form says the time at which it is sent, and trailers do not`()
    throws
  {
    let date = AnswerDate("Sun, 06 Nov 1994 08:49:37 GMT")
    let pair = try Joined(date: date)
    let whole = try pair.ask()
    let begun = try pair.ask()
    try pair.exchange()
    #expect(pair.respond(whole, Example.answer(), body: [9]))
    let shared = OutgoingHead(HeadTemplate(Example.answer()))
    pair.server.respond(begun, shared)
    var trailers = HeaderList()
    trailers.append("x-end", "1")
    pair.server.finish(begun, trailers: trailers)
    date.text = "Sun, 06 Nov 1994 08:49:38 GMT"
    try pair.exchange()
    var expected = Example.answer()
    expected.append("date", "Sun, 06 Nov 1994 08:49:38 GMT")
    #expect(
      pair.clientEvents == [
        .message(stream: whole, head: expected, body: [9]),
        .message(stream: begun, head: expected, body: []),
      ]
    )
  }

  @Test func `an empty body needs no DATA frame on either way`() throws {
    let pair = try Joined()
    let stream = try pair.ask(Example.head(), body: [], answer: .collected(limit: 0))
    try pair.exchange()
    #expect(pair.serverEvents == [.message(stream: stream, head: Example.head(), body: [])])
    pair.server.respond(stream, Example.answer(), body: [])
    try pair.exchange()
    #expect(pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: [])])
  }

  @Test func `bytes may arrive one at a time`() throws {
    let pair = try Joined()
    pair.chunks = { 1 }
    let stream = try pair.ask(
      Example.head(),
      body: Example.body(300),
      answer: .collected(limit: 64)
    )
    try pair.exchange()
    pair.server.respond(stream, Example.answer(), body: [7])
    try pair.exchange()
    #expect(
      pair.serverEvents == [
        .message(stream: stream, head: Example.head(), body: Example.body(300))
      ]
    )
    #expect(pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: [7])])
  }

  @Test(arguments: [0, 1, 16_384, 262_144, 3_000_000])
  func `a body of any size crosses both ways`(count: Int) throws {
    let pair = try Joined(bodies: { _ in .collected(limit: 4 << 20) })
    let body = Example.body(count)
    let stream = try pair.ask(Example.head(), body: body, answer: .collected(limit: 4 << 20))
    try pair.exchange()
    #expect(pair.serverEvents == [.message(stream: stream, head: Example.head(), body: body)])
    pair.server.respond(stream, Example.answer(), body: body)
    try pair.exchange()
    #expect(pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: body)])
  }

  @Test func `streams do not mix their heads and bodies`() throws {
    let pair = try Joined()
    var streams: [Int32] = []
    for index in 0..<50 {
      let body = Example.body(index * 997)
      streams.append(try pair.ask(Example.head(path: "/\(index)"), body: body))
    }
    try pair.exchange()
    #expect(pair.serverEvents.count == 50)
    for event in pair.serverEvents {
      guard case .message(let stream, let head, let body) = event else {
        Issue.record("Unexpected \(event)")
        continue
      }
      let index = try #require(streams.firstIndex(of: stream))
      #expect(head.string(of: ":path") == "/\(index)")
      #expect(body == Example.body(index * 997))
      pair.server.respond(stream, Example.answer(200 + index), body: body.reversed())
    }
    try pair.exchange()
    #expect(pair.clientEvents.count == 50)
    for event in pair.clientEvents {
      guard case .message(let stream, let head, let body) = event else { continue }
      let index = try #require(streams.firstIndex(of: stream))
      #expect(head.status == 200 + index)
      #expect(body == Example.body(index * 997).reversed())
    }
  }

  @Test func `a field that must not be remembered keeps its mark on the way`() throws {
    let pair = try Joined()
    var head = Example.head()
    head.append("authorization", "Bearer secret", isSensitive: true)
    _ = pair.client.request(head, body: [], answer: .streamed)
    try pair.exchange()
    guard case .message(_, let received, _)? = pair.serverEvents.first else {
      Issue.record("No request arrived.")
      return
    }
    #expect(received == head)
    #expect(received.index(of: "authorization")?.isSensitive == true)
    #expect(received.index(of: "content-type")?.isSensitive == false)
  }

  @Test func `an answer in pieces ends with its trailers`() throws {
    let pair = try Joined()
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer())
    try pair.exchange()
    #expect(
      pair.clientEvents == [
        .head(stream: stream, head: Example.answer(), endOfStream: false)
      ]
    )
    #expect(!pair.serverWantsWrite)
    for piece: [UInt8] in [[1], [2, 3], [], [4]] {
      pair.server.write(stream, piece)
      try pair.exchange()
    }
    #expect(pair.clientEvents.joinedData == [1, 2, 3, 4])
    var trailers = HeaderList()
    trailers.append("onedoor-position", "intake=5")
    pair.server.finish(stream, trailers: trailers)
    try pair.exchange()
    #expect(pair.clientEvents.last == .trailers(stream: stream, fields: trailers))
    #expect(pair.clientStreams.isEmpty)
    #expect(pair.serverStreams.isEmpty)
  }

  @Test func `an answer in pieces may end without trailers`() throws {
    let pair = try Joined()
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer())
    pair.server.write(stream, [1])
    pair.server.finish(stream)
    let goesOn = pair.server.write(stream, [2])
    #expect(!goesOn)
    try pair.exchange()
    #expect(
      pair.clientEvents.normalised == [
        .head(stream: stream, head: Example.answer(), endOfStream: false),
        .data(stream: stream, bytes: [1]), .end(stream: stream),
      ]
    )
  }

  @Test func `a request in pieces reaches a collecting server whole`() throws {
    let pair = try Joined()
    let stream = try pair.begin(answer: .collected(limit: 10))
    pair.client.write(stream, [1])
    try pair.exchange()
    #expect(pair.serverEvents.isEmpty)
    #expect(pair.serverStreams.isEmpty)
    pair.client.write(stream, [2])
    pair.client.finish(stream)
    try pair.exchange()
    #expect(pair.serverEvents == [.message(stream: stream, head: Example.head(), body: [1, 2])])
  }

  @Test func `an interim answer is passed over`() throws {
    let pair = try Joined()
    let stream = try pair.ask(Example.head(), body: [], answer: .collected(limit: 10))
    try pair.exchange()
    // HEADERS with END_HEADERS, `:status: 103` as a literal without indexing.
    try pair.client.receive(Frames.headers(stream: stream, [0x08, 3] + Array("103".utf8)))
    pair.server.respond(stream, Example.answer(), body: [])
    try pair.exchange()
    #expect(pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: [])])
  }

  @Test(arguments: 0..<200)
  func `however the bytes are cut, the events are the same`(seed: UInt64) throws {
    func events(cut: (() -> Int)?) throws -> [SessionEvent] {
      let pair = Joined(
        untouchedClient: .inner,
        server: .edge,
        bodies: { $0.has(":path", "/material") ? .streamed : .collected(limit: 1 << 20) }
      )
      pair.chunks = cut
      let call = try pair.ask(
        Example.head(),
        body: Example.body(500),
        answer: .collected(limit: 99)
      )
      let upload = try pair.ask(
        Example.head(path: "/material"),
        body: Example.body(20_000),
        answer: .streamed
      )
      try pair.exchange()
      pair.server.respond(call, Example.answer(), body: [1, 2])
      pair.server.consume(upload, 20_000)
      pair.server.respond(upload, Example.answer(201))
      pair.server.write(upload, Example.body(9_000))
      pair.server.finish(upload)
      pair.client.ping(7)
      try pair.exchange()
      return pair.clientEvents.normalised + pair.serverEvents.normalised
    }
    var generator = SeededGenerator(seed: seed)
    let longest = Int.random(in: 1...2_000, using: &generator)
    let cut = { Int.random(in: 1...longest, using: &generator) }
    #expect(try events(cut: cut) == events(cut: nil))
  }
}
