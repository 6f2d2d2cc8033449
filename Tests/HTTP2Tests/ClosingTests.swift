import Testing

@testable import HTTP2

@Suite struct ClosingTests {
  @Test func `a client's reset reaches the server's owner, who can no longer answer`() throws {
    let pair = try Joined()
    let stream = try pair.ask()
    try pair.exchange()
    pair.client.reset(stream, .cancel)
    try pair.exchange()
    #expect(pair.serverEvents.last == .closed(stream: stream, code: .cancel))
    #expect(pair.clientEvents == [.closed(stream: stream, code: .cancel)])
    #expect(!pair.respond(stream, Example.answer(), body: [1]))
    pair.server.reset(stream, .internalError)
    pair.server.consume(stream, 5)
    let goesOn = pair.server.write(stream, [1])
    #expect(!goesOn)
    try pair.exchange()
    #expect(pair.serverStreams.isEmpty)
  }

  @Test func `a server's reset reaches the client's owner with its code`() throws {
    let pair = try Joined()
    let stream = try pair.ask()
    try pair.exchange()
    pair.server.reset(stream, .internalError)
    try pair.exchange()
    #expect(pair.clientEvents == [.closed(stream: stream, code: .internalError)])
    #expect(pair.clientStreams.isEmpty)
  }

  @Test func `a reset half way through a collected body is not heard of`() throws {
    let pair = try Joined()
    let stream = try pair.begin()
    pair.client.write(stream, [1])
    try pair.exchange()
    pair.client.reset(stream, .cancel)
    try pair.exchange()
    #expect(pair.serverEvents.isEmpty)
  }

  @Test func `a reset in the middle of an answer ends it`() throws {
    let pair = try Joined()
    let stream = try pair.ask(answer: .streamed)
    try pair.exchange()
    pair.server.respond(stream, Example.answer())
    pair.server.write(stream, [1])
    try pair.exchange()
    pair.client.reset(stream, .cancel)
    try pair.exchange()
    #expect(pair.serverEvents.last == .closed(stream: stream, code: .cancel))
    #expect(pair.serverStreams.isEmpty)
  }

  @Test func `an answer is given once`() throws {
    let pair = try Joined()
    let stream = try pair.ask()
    try pair.exchange()
    #expect(pair.respond(stream, Example.answer(), body: [1]))
    #expect(!pair.respond(stream, Example.answer(500), body: [2]))
    try pair.exchange()
    #expect(
      pair.clientEvents == [.message(stream: stream, head: Example.answer(), body: [1])]
    )
  }

  @Test func `an answer whose head cannot be sent resets its stream`() throws {
    let pair = try Joined()
    let stream = try pair.ask()
    try pair.exchange()
    var head = Example.answer()
    head.append(name: "x-filler", value: String(repeating: "a", count: 70_000))
    pair.server.respond(stream, head, body: [])
    try pair.exchange()
    #expect(pair.clientEvents == [.closed(stream: stream, code: .internalError)])
    #expect(pair.serverStreams.isEmpty)
  }

  @Test func `a graceful stop finishes what was accepted and loses nothing on its way`() throws {
    let pair = try Joined()
    let first = try pair.ask()
    try pair.exchange()
    pair.server.shutdownNotice()
    // The client has not read the notice when it asks once more.
    let crossing = try pair.ask()
    try pair.exchange()
    #expect(pair.clientEvents == [.goAway(lastStream: Int32.max, code: .noError)])
    #expect(!pair.clientTakesRequests)
    let refused = pair.client.request(Example.head(), body: [], answer: .streamed)
    #expect(refused == nil)
    #expect(pair.serverStreams == [first, crossing])

    pair.server.goAway()
    try pair.exchange()
    #expect(pair.clientEvents.last == .goAway(lastStream: crossing, code: .noError))
    #expect(pair.serverWantsRead)
    pair.server.respond(first, Example.answer(), body: [1])
    pair.server.respond(crossing, Example.answer(), body: [2])
    try pair.exchange()
    #expect(pair.clientEvents.count { $0.isMessage } == 2)
    #expect(!pair.serverWantsRead)
    #expect(!pair.serverWantsWrite)
    #expect(!pair.clientWantsRead)
  }

  @Test func `streams above the last of a GOAWAY are refused, those below go on`() throws {
    let pair = try Joined()
    let first = try pair.ask()
    try pair.exchange()
    let late = try pair.ask()
    let lost = try pair.client.pending()
    pair.server.goAway(.enhanceYourCalm)
    let notice = try pair.server.pending()
    try pair.client.receive(notice)
    pair.client.drain(into: &pair.clientEvents)
    #expect(
      pair.clientEvents == [
        .goAway(lastStream: first, code: .enhanceYourCalm),
        .closed(stream: late, code: .refusedStream),
      ]
    )
    #expect(pair.clientStreams == [first])
    try pair.server.receive(lost)
    pair.server.respond(first, Example.answer(), body: [1])
    try pair.exchange()
    #expect(pair.clientEvents.last?.isMessage == true)
    #expect(pair.serverEvents.count == 1)
  }

  @Test func `a request that was not sent before the GOAWAY is refused too`() throws {
    let pair = try Joined()
    pair.server.goAway()
    let stream = try pair.ask()
    try pair.client.receive(try pair.server.pending())
    try pair.exchange()
    #expect(pair.clientEvents.last == .closed(stream: stream, code: .refusedStream))
    #expect(pair.clientStreams.isEmpty)
  }

  @Test func `a request that waits for a free stream is refused at once by a GOAWAY`() throws {
    var limits = Limits.edge
    limits.concurrentStreams = 1
    let pair = try Joined(server: limits)
    let first = try pair.ask()
    let waiting = try pair.ask()
    try pair.exchange()
    pair.server.goAway()
    try pair.exchange()
    #expect(pair.clientEvents.last == .closed(stream: waiting, code: .refusedStream))
    #expect(pair.clientStreams == [first])
    pair.server.respond(first, Example.answer(), body: [])
    try pair.exchange()
    #expect(pair.clientEvents.last == .message(stream: first, head: Example.answer(), body: []))
    #expect(pair.clientStreams.isEmpty)
    #expect(!pair.clientWantsRead)
  }

  @Test func `the owner of a lost connection can list what was open`() throws {
    let pair = try Joined(bodies: { _ in .streamed })
    let streams = try (0..<5).map { _ in try pair.begin() }
    try pair.exchange()
    pair.server.respond(streams[2], Example.answer(), body: [])
    try pair.exchange()
    let queued = try pair.ask()
    #expect(pair.clientStreams == [streams[0], streams[1], streams[3], streams[4], queued])
    #expect(pair.serverStreams == [streams[0], streams[1], streams[3], streams[4]])
  }

  @Test func `a ping comes back with its payload`() throws {
    let pair = try Joined()
    pair.client.ping(0x0102_0304_0506_0708)
    pair.server.ping(9)
    try pair.exchange()
    #expect(pair.clientEvents == [.pingAcknowledged(payload: 0x0102_0304_0506_0708)])
    #expect(pair.serverEvents == [.pingAcknowledged(payload: 9)])
  }

  @Test func `settings are told apart from their acknowledgement`() throws {
    let pair = Joined(untouchedClient: .inner, server: .edge)
    try pair.exchange()
    #expect(pair.clientEvents == [.settings, .settingsAcknowledged])
    #expect(pair.serverEvents == [.settings, .settingsAcknowledged])
  }

  @Test func `a terminated session sends its GOAWAY and wants nothing more`() throws {
    let pair = try Joined()
    _ = try pair.ask()
    try pair.exchange()
    pair.server.terminate(.settingsTimeout)
    try pair.exchange()
    #expect(pair.clientEvents.last == .goAway(lastStream: 1, code: .settingsTimeout))
    #expect(!pair.serverWantsRead)
    #expect(!pair.serverWantsWrite)
  }

  @Test func `a session may be dropped with all kinds of work open`() throws {
    for step in 0..<5 {
      let pair = try Joined(bodies: { $0.has(":path", "/s") ? .streamed : .collected(limit: 9) })
      let streamed = try pair.ask(Example.head(path: "/s"), body: Example.body(400_000))
      _ = try pair.begin()
      if step == 0 { continue }
      try pair.exchange()
      if step == 1 { continue }
      pair.server.respond(streamed, Example.answer(), body: Example.body(4_000_000))
      if step == 2 { continue }
      _ = try pair.server.pending()
      if step == 3 { continue }
      pair.server.shutdownNotice()
    }
  }
}
