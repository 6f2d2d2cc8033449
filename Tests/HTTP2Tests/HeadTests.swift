import Testing

@testable import HTTP2

@Suite struct HeadTests {
  /// What a head that has arrived says, kept.
  struct Seen: Equatable {
    var hash: UInt64
    var lasting: HeaderList
    var passing: HeaderList
    var length: Int
    var all: HeaderList
  }

  func request(_ fields: [(String, String)]) -> HeaderList {
    var list = Example.head()
    for (name, value) in fields { list.append(name: name, value: value) }
    return list
  }

  /// The heads of requests as the server sees them, sent one after the other.
  func seen(_ requests: [HeaderList]) throws -> [Seen] {
    var client = ClientSession(limits: .inner)
    var server = ServerSession(limits: .inner)
    for request in requests { _ = client.request(request, body: [], answer: .streamed) }
    try server.receive(try client.pending())
    var seen: [Seen] = []
    while let happening = server.nextHappening() {
      guard case .head(_, let head, _) = happening else { continue }
      seen.append(
        Seen(
          hash: head.hash,
          lasting: HeaderList(lastingOf: head),
          passing: HeaderList(passingOf: head),
          length: head.length,
          all: HeaderList(head)
        )
      )
    }
    return seen
  }

  @Test func `heads are recognised though their passing fields differ`() throws {
    let seen = try seen([
      request([("x", "1"), ("content-length", "0"), ("idempotency-key", "a")]),
      request([
        ("x", "1"), ("traceparent", "00-1"), ("idempotency-key", "b"), ("tracestate", "c=d"),
      ]),
      request([("x", "1")]),
    ])
    #expect(Set(seen.map(\.hash)).count == 1)
    #expect(Set(seen.map(\.lasting)).count == 1)
    #expect(seen.map(\.length) == [0, -1, -1])
    #expect(
      seen.map(\.passing.description) == [
        "idempotency-key: a", "traceparent: 00-1\nidempotency-key: b\ntracestate: c=d", "",
      ]
    )
    #expect(seen[0].all.string(of: "content-length") == "0")
    #expect(seen[1].all.string(of: "idempotency-key") == "b")
  }

  /// One more byte, one other byte, or the same bytes cut otherwise into name and value.
  @Test func `any other field makes another head`() throws {
    let seen = try seen([
      request([("x", "12345678")]), request([("x", "12345679")]), request([("x", "123456789")]),
      request([("x1", "2345678")]), request([("x", "12345678"), ("y", "")]),
    ])
    #expect(Set(seen.map(\.hash)).count == 5)
    #expect(Set(seen.map(\.lasting)).count == 5)
  }

  @Test func `a length of more than 18 digits is a field like others`() throws {
    var block = HeaderBlock()
    block.begin()
    for value in ["1234567890123456789", "17", "18"] {
      var (name, value) = ("content-length", value)
      name.withUTF8 { name in
        value.withUTF8 { value in
          block.add(
            name: UnsafeRawBufferPointer(name),
            value: UnsafeRawBufferPointer(value),
            isSensitive: false,
            limit: 1_000
          )
        }
      }
    }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: block.count, alignment: 8)
    defer { room.deallocate() }
    let head = Head(block.write(into: room, at: 0), in: UnsafeRawBufferPointer(room))
    #expect(head.length == 17)
    #expect(HeaderList(lastingOf: head).count == 2)
  }

  @Test func `a shared head goes out with what each message has alone`() throws {
    let pair = try Joined(bodies: { _ in .streamed })
    let template = HeadTemplate(Example.head())
    var extra = HeaderList()
    extra.append("idempotency-key", "k")
    for length in [0, 7, 1_234_567_890] {
      let head = OutgoingHead(template, extra: extra, length: length)
      let key = pair.client.request(head, body: [], isWhole: false)
      #expect(key != nil)
      try pair.exchange()
      guard case .head(_, let head, false)? = pair.serverEvents.last else {
        Issue.record("no head")
        return
      }
      #expect(head.string(of: "content-length") == String(length))
      #expect(head.string(of: "idempotency-key") == "k")
      #expect(head.string(of: "content-type") == "application/proto")
      #expect(head.count == 7)
    }
  }

  @Test func `passes of many callers go over an inner connection once`() throws {
    var client = ClientSession(limits: .inner)
    var server = ServerSession(limits: .inner)
    try server.receive(try client.pending())
    try client.receive(try server.pending())
    var sizes: [Int] = []
    for _ in 0..<2 {
      for caller in 0..<64 {
        let pass = String(repeating: "p\(caller)", count: 150)
        _ = client.request(request([("onedoor-pass", pass)]), body: [], answer: .streamed)
      }
      let bytes = try client.pending()
      try server.receive(bytes)
      sizes.append(bytes.count)
    }
    #expect(sizes[0] > 64 * 200)
    #expect(sizes[1] < 64 * 64)
  }
}
