import Testing

@testable import HTTP2

@Suite struct HostileTests {
  /// Gives a server at the edge the bytes behind a valid beginning, in pieces, and says how it
  /// ended: the code of the error, and the codes of the GOAWAY frames that a client would see.
  private func outcome(
    of pieces: [[UInt8]],
    limits: Limits = .edge
  ) throws -> (error: SessionError?, goAways: [ErrorCode], closed: [Int32: ErrorCode]) {
    var server = ServerSession(limits: limits, bodies: { _ in .collected(limit: 100) })
    var client = ClientSession(limits: .inner)
    for _ in 0..<1_000 { _ = client.request(Example.head(), body: [], answer: .streamed) }
    _ = try client.pending()
    var failure: SessionError?
    do throws(SessionError) {
      try server.receive(Frames.preface + Frames.emptySettings)
      for piece in pieces { try server.receive(piece) }
    } catch {
      failure = error
    }
    let sent = try server.pending()
    let wantsRead = server.wantsRead
    #expect(failure == nil || !wantsRead)
    try client.receive(sent)
    var events: [SessionEvent] = []
    client.drain(into: &events)
    var goAways: [ErrorCode] = []
    var closed: [Int32: ErrorCode] = [:]
    for event in events {
      if case .goAway(_, let code) = event { goAways.append(code) }
      if case .closed(let stream, let code) = event { closed[stream] = code }
    }
    return (failure, goAways, closed)
  }

  private func rapidResets(_ count: Int) -> [[UInt8]] {
    (0..<count).map { index in
      let stream = Int32(2 * index + 1)
      return Frames.headers(stream: stream, endOfStream: true, Frames.getRoot)
        + Frames.reset(stream: stream, code: 8)
    }
  }

  @Test func `malformed requests end the connection when they are too many`() throws {
    var limits = Limits.edge
    limits.faults = 10
    let bad = Frames.getRoot + Frames.literal("connection", "close")
    func requests(_ streams: Range<Int32>) -> [[UInt8]] {
      streams.map { Frames.headers(stream: 2 * $0 + 1, endOfStream: true, bad) }
    }
    let few = try outcome(of: requests(0..<10), limits: limits)
    #expect(few.error == nil && few.goAways.isEmpty)
    let many = try outcome(of: requests(0..<11), limits: limits)
    #expect(many.error == .flooded && many.goAways == [.enhanceYourCalm])
  }

  @Test func `windows that are made to overflow count as faults, once each, until forgiven`() throws
  {
    var limits = Limits.edge
    limits.faults = 3
    var server = ServerSession(limits: limits, bodies: { _ in .streamed })
    try server.receive(Frames.preface + Frames.emptySettings)
    func overflow(_ number: Int32) -> [UInt8] {
      let stream = 2 * number + 1
      return Frames.headers(stream: stream, Frames.getRoot)
        + Frames.frame(type: 8, flags: 0, stream: stream, [0x7F, 0xFF, 0xFF, 0xFF])
    }
    for number in 0..<3 as Range<Int32> {
      try server.receive(overflow(number))
      _ = try server.pending()
    }
    server.forgive(1)
    try server.receive(overflow(3))
    var failure: SessionError?
    do throws(SessionError) { try server.receive(overflow(4)) } catch { failure = error }
    #expect(failure == .flooded)
  }

  @Test func `an HTTP 1 request is refused with a GOAWAY, not crashed on`() throws {
    var server = ServerSession(limits: .edge, bodies: { _ in .streamed })
    var failure: SessionError?
    do throws(SessionError) {
      try server.receive(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
    } catch {
      failure = error
    }
    #expect(failure == .badClientPreface)
    let sent = try server.pending()
    let goAway = Frames.frame(type: 7, flags: 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(Array(sent.suffix(goAway.count)) == goAway)
    let wantsRead = server.wantsRead
    #expect(!wantsRead)
    var again: SessionError?
    do throws(SessionError) { try server.receive([0]) } catch { again = error }
    #expect(again == .badClientPreface)
  }

  @Test func `resets are borne up to the burst and end the connection above it`() throws {
    let borne = try outcome(of: rapidResets(Int(Limits.edge.resetBurst)))
    #expect(borne.goAways.isEmpty)
    let flooded = try outcome(of: rapidResets(Int(Limits.edge.resetBurst) + 50))
    #expect(flooded.goAways.first == .internalError || flooded.goAways.first == .enhanceYourCalm)
    #expect(try outcome(of: rapidResets(400), limits: .inner).goAways.isEmpty)
  }

  @Test func `a header block may have as many continuations as the limit and no more`() throws {
    func block(continuations: Int) -> [UInt8] {
      var bytes = Frames.frame(type: 1, flags: 0x1, stream: 1, Frames.getRoot)
      for index in 1...continuations {
        let last = index == continuations
        bytes += Frames.frame(
          type: 9,
          flags: last ? 0x4 : 0,
          stream: 1,
          Frames.literal("x-\(index)", "1")
        )
      }
      return bytes
    }
    let borne = try outcome(of: [block(continuations: Limits.edge.continuations)])
    #expect(borne.error == nil)
    #expect(borne.goAways.isEmpty)
    let flooded = try outcome(of: [block(continuations: Limits.edge.continuations + 1)])
    #expect(flooded.error == .tooManyContinuations)
    #expect(flooded.goAways == [.enhanceYourCalm])
  }

  @Test func `a SETTINGS frame may have as many entries as the limit and no more`() throws {
    func settings(_ count: Int) -> [UInt8] {
      let entry: [UInt8] = [0, 1, 0, 0, 0x10, 0]
      return Frames.frame(type: 4, flags: 0, stream: 0, (0..<count).flatMap { _ in entry })
    }
    #expect(try outcome(of: [settings(Limits.edge.settingsEntries)]).goAways.isEmpty)
    #expect(try !outcome(of: [settings(Limits.edge.settingsEntries + 1)]).goAways.isEmpty)
  }

  @Test func `pings and settings that wait for their answer have a limit`() throws {
    let most = Limits.edge.outboundAcknowledgements
    let pings = (0..<2 * most).map { Frames.ping(UInt8(truncatingIfNeeded: $0)) }
    let flooded = try outcome(of: pings)
    #expect(flooded.error == .flooded)
    #expect(flooded.goAways == [.enhanceYourCalm])
    let settings = (0..<2 * most).map { _ in Frames.emptySettings }
    #expect(try outcome(of: settings).error == .flooded)
    #expect(try outcome(of: Array(pings.prefix(most / 2))).error == nil)
  }

  @Test(arguments: [
    ("upper case name", Frames.literal("X-Up", "1")),
    ("connection header", Frames.literal("connection", "close")),
    ("transfer encoding", Frames.literal("transfer-encoding", "chunked")),
    ("pseudo-header after a field", Frames.literal("a", "1") + [0x84]),
    ("second path", [0x84]),
    ("unknown pseudo-header", Frames.literal(":x", "1")),
    ("status in a request", [0x88]),
    ("line feed in a value", Frames.literal("a", "b\nc")),
    ("content length that is no number", Frames.literal("content-length", "1a")),
  ])
  func `a malformed request ends its stream and is not heard of`(
    reason: String,
    block: [UInt8]
  ) throws {
    var server = ServerSession(limits: .edge, bodies: { _ in .collected(limit: 100) })
    try server.receive(Frames.preface + Frames.emptySettings)
    try server.receive(Frames.headers(stream: 1, endOfStream: true, Frames.getRoot + block))
    try server.receive(Frames.headers(stream: 3, endOfStream: true, Frames.getRoot))
    var events: [SessionEvent] = []
    server.drain(into: &events)
    let sent = try server.pending()
    server.drain(into: &events)
    #expect(events.count { $0.isMessage } == 1, "\(reason)")
    #expect(events.contains { if case .message(3, _, _) = $0 { true } else { false } })
    let reset = Frames.reset(stream: 1, code: 1)
    #expect(sent.indices.contains { sent[$0...].starts(with: reset) }, "\(reason)")
    let open = server.openStreams
    #expect(open == [3])
  }

  @Test func `a body that is not as long as announced ends its stream`() throws {
    var server = ServerSession(limits: .edge, bodies: { _ in .collected(limit: 100) })
    let head = Frames.getRoot + Frames.literal("content-length", "5")
    try server.receive(
      Frames.preface + Frames.emptySettings + Frames.headers(stream: 1, head)
        + Frames.data(stream: 1, endOfStream: true, [1, 2, 3])
    )
    var events: [SessionEvent] = []
    _ = try server.pending()
    server.drain(into: &events)
    #expect(events == [.settings])
  }

  @Test func `streams above the announced number end a connection that knows it`() throws {
    var limits = Limits.edge
    limits.concurrentStreams = 2
    let acknowledgement = Frames.frame(type: 4, flags: 1, stream: 0, [])
    var server = ServerSession(limits: limits, bodies: { _ in .collected(limit: 100) })
    _ = try server.pending()
    try server.receive(Frames.preface + Frames.emptySettings + acknowledgement)
    for stream: Int32 in [1, 3, 5] {
      try server.receive(Frames.headers(stream: stream, endOfStream: true, Frames.getRoot))
    }
    var events: [SessionEvent] = []
    server.drain(into: &events)
    #expect(events.count { $0.isMessage } == 2)
    let sent = try server.pending()
    #expect(Frames.types(of: sent) == [7])
    let wantsRead = server.wantsRead
    #expect(!wantsRead)
  }

  /// The bytes of a short valid client that asks twice, once in pieces, and pings.
  private func validBytes() throws -> [UInt8] {
    var client = ClientSession(limits: .inner)
    _ = client.request(Example.head(), body: [1, 2, 3], answer: .streamed)
    let stream = client.request(Example.head(path: "/s"), answer: .streamed)
    client.ping(1)
    var bytes = try client.pending()
    if let stream {
      client.write(stream, [4, 5])
      bytes += try client.pending()
      client.finish(stream)
      bytes += try client.pending()
    }
    return bytes
  }

  /// Feeds a server and uses all that it says; returns the number of events.
  private func survive(_ bytes: [UInt8]) -> Int {
    var server = ServerSession(
      limits: .edge,
      bodies: { $0.has(":path", "/s") ? .streamed : .collected(limit: 100) }
    )
    var events: [SessionEvent] = []
    do throws(SessionError) {
      try server.receive(bytes)
      server.drain(into: &events)
      for stream in server.openStreams {
        server.respond(stream, Example.answer(), body: [1])
        server.consume(stream, 1)
      }
      _ = try server.pending()
      server.drain(into: &events)
    } catch {
      _ = try? server.pending()
      server.drain(into: &events)
    }
    return events.count
  }

  @Test func `valid bytes cut off at any length are borne`() throws {
    let bytes = try validBytes()
    var most = 0
    for count in 0...bytes.count {
      let events = survive(Array(bytes.prefix(count)))
      #expect(events >= most)
      most = events
    }
    #expect(most >= 5)
  }

  @Test func `valid bytes with any byte changed are borne`() throws {
    let bytes = try validBytes()
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= mask
        _ = survive(changed)
      }
    }
  }

  @Test func `an answer with any byte changed is borne by the client`() throws {
    var client = ClientSession(limits: .inner)
    _ = client.request(Example.head(), body: [], answer: .collected(limit: 10))
    let asked = try client.pending()
    var server = ServerSession(limits: .edge, bodies: { _ in .collected(limit: 10) })
    try server.receive(asked)
    server.respond(1, Example.answer(), body: [1, 2])
    let answered = try server.pending()
    for index in answered.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = answered
        changed[index] ^= mask
        var client = ClientSession(limits: .inner)
        _ = client.request(Example.head(), body: [], answer: .collected(limit: 10))
        _ = try client.pending()
        do throws(SessionError) { try client.receive(changed) } catch {}
        _ = try client.pending()
        while client.nextEvent() != nil {}
      }
    }
  }
}
