import TestSupport
import Testing

@testable import HTTP2

/// What a connection remembers of the head before must never change what the next one says.
@Suite struct HeadNumberTests {
  /// A field in one of the ways in which HPACK can say it.
  enum Form: UInt8, CaseIterable {
    case withoutIndexing = 0x00
    case neverIndexed = 0x10
    case indexed = 0x40
  }

  struct Field: Hashable {
    var name: String
    var value: String
    var form = Form.withoutIndexing

    var bytes: [UInt8] {
      // A length of 127 and more goes on in the next byte (RFC 7541, 5.1).
      func text(_ text: String) -> [UInt8] {
        let count = text.utf8.count
        let length =
          count < 127
          ? [UInt8(count)] : [0x7F, UInt8((count - 127) & 0x7F | 0x80), UInt8((count - 127) >> 7)]
        return length + Array(text.utf8)
      }
      return [form.rawValue] + text(name) + text(value)
    }
  }

  static let start = [
    Field(name: ":method", value: "POST"), Field(name: ":scheme", value: "http"),
    Field(name: ":authority", value: "a"), Field(name: ":path", value: "/a"),
  ]

  static func open() throws -> ServerSession {
    var server = ServerSession(limits: .inner)
    try server.receive(Frames.preface + Frames.emptySettings)
    return server
  }

  static func heads(_ server: inout ServerSession) -> [(number: UInt64, fields: HeaderList)] {
    var heads: [(UInt64, HeaderList)] = []
    while let happening = server.nextHappening() {
      if case .head(_, let head, _) = happening { heads.append((head.number, HeaderList(head))) }
    }
    return heads
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `heads say what was sent, whatever came before`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var server = try Self.open()
    let pool = (0..<6).map { number in
      let value = String(repeating: "v", count: Int.random(in: 0..<400, using: &random))
      return Field(name: "x-\(number % 3)", value: value + "\(number)")
    }
    var lasting: [UInt64: [Field]] = [:]
    var repeats = 0
    var fields: [Field] = []
    for turn in 0..<300 {
      if Int.random(in: 0..<3, using: &random) > 0 {
        fields = Self.change(fields, pool, &random)
      }
      let isBroken = Int.random(in: 0..<8, using: &random) == 0
      var sent = Self.start + fields
      if isBroken { sent.append(Field(name: "Upper", value: "x")) }
      if Bool.random(using: &random) { sent.append(Field(name: "traceparent", value: "\(turn)")) }
      let stream = Int32(2 * turn + 1)
      let block = sent.flatMap(\.bytes)
      try server.receive(Frames.headers(stream: stream, endOfStream: true, block))
      let heads = Self.heads(&server)
      if isBroken {
        #expect(heads.isEmpty)
        server.forgive(1)
        continue
      }
      let head = try #require(heads.first)
      var expected = HeaderList()
      for field in sent {
        expected.append(name: field.name, value: field.value)
      }
      #expect(head.fields.pairs == expected.pairs)
      // Whether a table may keep a field makes no other field of it; whether it must not does.
      let meant = fields.map { field in
        var field = field
        if field.form == .indexed { field.form = .withoutIndexing }
        return field
      }
      if let known = lasting[head.number] {
        repeats += 1
        #expect(known == meant)
      }
      lasting[head.number] = meant
      _ = server.respond(stream, Example.answer(), body: [])
      _ = try server.pending()
    }
    #expect(repeats > 30)
    #expect(lasting.count > 30)
  }

  /// Most fields of these heads lie in the table of HPACK, the small one of which forgets some.
  @Test(arguments: [Limits.inner, .edge])
  func `heads out of a table say what was sent`(limits: Limits) throws {
    var random = SeededGenerator(seed: 7)
    var client = ClientSession(limits: limits)
    var server = ServerSession(limits: limits)
    let pool = (0..<30).map { number in
      let value = String(repeating: "v", count: Int.random(in: 0..<400, using: &random))
      return Field(name: "x-\(number % 7)", value: value + "\(number)")
    }
    var lasting: [UInt64: HeaderList] = [:]
    var repeats = 0
    var fields: [Field] = []
    for turn in 0..<600 {
      if turn % 3 == 0 { fields = Self.change(fields, pool, &random) }
      var list = Example.head()
      for field in fields {
        let isSensitive = field.form == .neverIndexed
        list.append(name: field.name, value: field.value, isSensitive: isSensitive)
      }
      let asked = client.request(list, body: [], answer: .streamed)
      let stream = try #require(asked)
      try server.receive(try client.pending())
      let head = try #require(Self.heads(&server).first)
      #expect(head.fields == list)
      if let known = lasting[head.number] {
        repeats += 1
        #expect(known == list)
      }
      lasting[head.number] = list
      _ = server.respond(stream, Example.answer(), body: [])
      try client.receive(try server.pending())
      while client.nextEvent() != nil {}
    }
    #expect(repeats > 200)
    #expect(lasting.count > 60)
  }

  /// One field more, less, another one, or another form of one.
  static func change(
    _ fields: [Field],
    _ pool: [Field],
    _ random: inout SeededGenerator
  ) -> [Field] {
    var fields = fields
    switch Int.random(in: 0..<4, using: &random) {
    case 0: fields.append(pool[Int.random(in: 0..<pool.count, using: &random)])
    case 1: _ = fields.popLast()
    case 2 where !fields.isEmpty:
      let place = Int.random(in: 0..<fields.count, using: &random)
      fields[place] = pool[Int.random(in: 0..<pool.count, using: &random)]
    default:
      guard !fields.isEmpty else { break }
      let place = Int.random(in: 0..<fields.count, using: &random)
      fields[place].form = Form.allCases[Int.random(in: 0..<3, using: &random)]
    }
    return fields.count > 8 ? [] : fields
  }

  @Test func `a head that is sent again has the number of the one before`() throws {
    var server = try Self.open()
    let fields = Self.start + [Field(name: "x", value: "secret", form: .neverIndexed)]
    var numbers: [UInt64] = []
    for turn in 0..<4 {
      let own = Field(name: "idempotency-key", value: "\(turn)")
      let block = (fields + [own]).flatMap(\.bytes)
      try server.receive(Frames.headers(stream: Int32(2 * turn + 1), block))
      numbers += Self.heads(&server).map(\.number)
    }
    #expect(numbers.count == 4 && Set(numbers).count == 1)
    // A field that must not be remembered is another one than the same that may.
    let block = (Self.start + [Field(name: "x", value: "secret")]).flatMap(\.bytes)
    try server.receive(Frames.headers(stream: 9, block))
    #expect(Self.heads(&server).first?.number != numbers[0])
  }

  /// A block that broke off, or was too large, leaves nothing behind that another could be taken
  /// for.
  @Test func `what broke off lends its number to nobody`() throws {
    var server = try Self.open()
    let long = Field(name: "x", value: String(repeating: "a", count: 300))
    func send(_ stream: Int32, _ fields: [Field]) throws -> (UInt64, HeaderList)? {
      try server.receive(Frames.headers(stream: stream, fields.flatMap(\.bytes)))
      return Self.heads(&server).first
    }
    let whole = try #require(try send(1, Self.start + [long, Field(name: "y", value: "1")]))
    let z = Field(name: "z", value: "2")
    let broken = try send(3, Self.start + [long, z, Field(name: "Z", value: "")])
    #expect(broken == nil)
    let partial = try #require(try send(5, Self.start + [long, z]))
    let prefix = try #require(try send(7, Self.start + [long]))
    let again = try #require(try send(9, Self.start + [long, Field(name: "y", value: "1")]))
    #expect(partial.1.string(of: "z") == "2" && partial.1.string(of: "y") == nil)
    #expect(prefix.1.string(of: "z") == nil && prefix.1.string(of: "x")?.count == 300)
    #expect(again.1 == whole.1)
    #expect(Set([whole.0, partial.0, prefix.0]).count == 3)
  }

  @Test func `the end of a body comes with its last piece, and else alone`() throws {
    var server = try Self.open()
    let head = Self.start.flatMap(\.bytes)
    try server.receive(Frames.headers(stream: 1, head))
    try server.receive(
      Frames.data(stream: 1, [1, 2]) + Frames.data(stream: 1, endOfStream: true, [3])
    )
    var said: [String] = []
    func take() {
      while let happening = server.nextHappening() {
        switch happening {
        case .data(let key, let bytes, let isEnd): said.append("\(key.id) \(bytes.count) \(isEnd)")
        case .end(let key): said.append("\(key.id) end")
        default: break
        }
      }
    }
    take()
    #expect(said == ["1 3 true"])
    try server.receive(Frames.headers(stream: 3, head))
    try server.receive(Frames.headers(stream: 5, head))
    try server.receive(Frames.data(stream: 3, [1]))
    try server.receive(Frames.data(stream: 5, endOfStream: true, [1]))
    try server.receive(Frames.data(stream: 3, endOfStream: true, []))
    take()
    #expect(said.dropFirst() == ["3 1 false", "5 1 true", "3 end"])
    // With trailers, and in events with copies.
    try server.receive(Frames.headers(stream: 7, head))
    try server.receive(Frames.data(stream: 7, [1]))
    let trailers = Field(name: "x-end", value: "1").bytes
    try server.receive(Frames.headers(stream: 7, endOfStream: true, trailers))
    take()
    #expect(said.suffix(2) == ["7 1 false", "7 end"])
    try server.receive(Frames.headers(stream: 9, head))
    try server.receive(Frames.data(stream: 9, endOfStream: true, [4, 5]))
    var events: [SessionEvent] = []
    while let event = server.nextEvent() { events.append(event) }
    #expect(events.suffix(2) == [.data(stream: 9, bytes: [4, 5]), .end(stream: 9)])
  }
}

extension HeaderList {
  /// The fields as text, in no order: passing fields lie apart.
  fileprivate var pairs: [String] {
    var pairs: [String] = []
    forEach { name, value in
      pairs.append(
        "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))"
      )
    }
    return pairs.sorted()
  }
}
