import Testing

@testable import HTTP2

/// A client and a server joined in memory.
final class Joined {
  var client: ClientSession
  var server: ServerSession
  var clientEvents: [SessionEvent] = []
  var serverEvents: [SessionEvent] = []
  /// How many bytes are handed over at once; all of them if it is nil.
  var chunks: (() -> Int)?

  init(
    client: Limits = .inner,
    server: Limits = .edge,
    bodies: @escaping (HeaderList) -> BodyHandling = { _ in .collected(limit: 1 << 20) },
    date: AnswerDate? = nil
  ) throws {
    self.client = ClientSession(limits: client)
    self.server = ServerSession(limits: server, bodies: bodies, date: date)
    try exchange()
    clientEvents = []
    serverEvents = []
  }

  /// A pair that has not exchanged anything.
  init(
    untouchedClient client: Limits,
    server: Limits,
    bodies: @escaping (HeaderList) -> BodyHandling = { _ in .collected(limit: 1 << 20) }
  ) {
    self.client = ClientSession(limits: client)
    self.server = ServerSession(limits: server, bodies: bodies)
  }

  /// Moves bytes both ways until neither side has any.
  func exchange() throws {
    while true {
      let there = try client.pending()
      for piece in split(there) { try server.receive(piece) }
      server.drain(into: &serverEvents)
      let back = try server.pending()
      for piece in split(back) { try client.receive(piece) }
      client.drain(into: &clientEvents)
      server.drain(into: &serverEvents)
      if there.isEmpty && back.isEmpty { return }
    }
  }

  // Test macros cannot look into a value that cannot be copied, so these ask for them.

  func ask(
    _ head: HeaderList = Example.head(),
    body: [UInt8] = [],
    answer: BodyHandling = .collected(limit: 1 << 20)
  ) throws -> Int32 {
    let stream = client.request(head, body: body, answer: answer)
    return try #require(stream)
  }

  func begin(
    _ head: HeaderList = Example.head(),
    answer: BodyHandling = .collected(limit: 1 << 20)
  ) throws -> Int32 {
    let stream = client.request(head, answer: answer)
    return try #require(stream)
  }

  func respond(_ stream: Int32, _ head: HeaderList, body: [UInt8]) -> Bool {
    server.respond(stream, head, body: body)
  }

  var serverWantsRead: Bool { server.wantsRead }
  var serverWantsWrite: Bool { server.wantsWrite }
  var clientWantsRead: Bool { client.wantsRead }
  var clientTakesRequests: Bool { client.takesRequests }
  var clientIsExhausted: Bool { client.isExhausted }
  var clientPeerStreams: Int { client.peerConcurrentStreams }
  func clientBuffered(_ stream: Int32) -> Int { client.buffered(stream) }
  func serverBuffered(_ stream: Int32) -> Int { server.buffered(stream) }
  var clientStreams: [Int32] { client.openStreams }
  var serverStreams: [Int32] { server.openStreams }

  private func split(_ bytes: [UInt8]) -> [[UInt8]] {
    guard let chunks else { return bytes.isEmpty ? [] : [bytes] }
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = min(max(1, chunks()), rest.count)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }
}

extension ServerSession {
  mutating func receive(_ bytes: [UInt8]) throws(SessionError) {
    var failure: SessionError?
    bytes.withUnsafeBytes { bytes in
      do throws(SessionError) { try receive(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  mutating func pending() throws(SessionError) -> [UInt8] {
    var bytes: [UInt8] = []
    try send { piece in
      bytes.append(contentsOf: piece)
      return true
    }
    return bytes
  }

  mutating func drain(into events: inout [SessionEvent]) {
    while let event = nextEvent() { events.append(event) }
  }
}

extension ClientSession {
  mutating func receive(_ bytes: [UInt8]) throws(SessionError) {
    var failure: SessionError?
    bytes.withUnsafeBytes { bytes in
      do throws(SessionError) { try receive(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  mutating func pending() throws(SessionError) -> [UInt8] {
    var bytes: [UInt8] = []
    try send { piece in
      bytes.append(contentsOf: piece)
      return true
    }
    return bytes
  }

  mutating func drain(into events: inout [SessionEvent]) {
    while let event = nextEvent() { events.append(event) }
  }
}

enum Example {
  static func head(path: String = "/intake.v1.IntakeService/SubmitApplication") -> HeaderList {
    var head = HeaderList(method: "POST", scheme: "http", authority: "intake", path: path)
    head.append("content-type", "application/proto")
    return head
  }

  static func answer(_ status: Int = 200) -> HeaderList {
    var head = HeaderList(status: status)
    head.append("content-type", "application/proto")
    return head
  }

  /// A body in which each byte depends on its place, so that lost or moved bytes show.
  static func body(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }
}

extension [SessionEvent] {
  /// The streamed bodies, joined.
  var joinedData: [UInt8] {
    flatMap { event -> [UInt8] in
      guard case .data(_, let bytes) = event else { return [] }
      return bytes
    }
  }

  /// The events with neighbouring pieces of one body joined, so that they no longer tell how the
  /// bytes were cut.
  var normalised: [SessionEvent] {
    var result: [SessionEvent] = []
    for event in self {
      if case .data(let stream, let bytes) = event,
        case .data(stream, let before)? = result.last
      {
        result[result.count - 1] = .data(stream: stream, bytes: before + bytes)
      } else {
        result.append(event)
      }
    }
    return result
  }
}
