import Testing

@testable import HTTP2

@Suite struct TrunkTests {
  /// A record that was read, kept.
  struct Seen: Equatable {
    var kind: TrunkRecord.Kind
    var call: UInt32
    var number: Int
    var trace: TrunkTrace?
    var fields: HeaderList
    var body: [UInt8]
  }

  /// Reads bytes in pieces of a size, of answers or else of calls.
  func read(_ bytes: [UInt8], by size: Int, answers: Bool = true) throws(TrunkFault) -> [Seen] {
    var reader = answers ? TrunkReader.ofAnswers() : .ofCalls()
    var seen: [Seen] = []
    var start = 0
    while start < bytes.count {
      let piece = Array(bytes[start..<min(start + size, bytes.count)])
      let used = try piece.withUnsafeBufferPointer { piece throws(TrunkFault) in
        try reader.read(UnsafeRawBufferPointer(piece)) { record, head in
          seen.append(
            Seen(
              kind: record.kind,
              call: record.call,
              number: record.number,
              trace: record.trace,
              fields: head.map { record.withHead($0) { HeaderList($0) } } ?? HeaderList(),
              body: Array(record.body)
            )
          )
          // Now and then no more is wanted, and what is left comes again.
          return seen.count % 3 != 0
        }
      }
      start += used
    }
    return seen.filter { $0.kind != .head && $0.kind != .forget }
  }

  func fault(of bytes: [UInt8], answers: Bool = true) -> TrunkFault? {
    do throws(TrunkFault) {
      _ = try read(bytes, by: bytes.count, answers: answers)
      return nil
    } catch {
      return error
    }
  }

  func template(_ value: String) -> HeadTemplate {
    var list = HeaderList(status: 200)
    list.append("x-value", value)
    return HeadTemplate(list)
  }

  /// A record by hand.
  func record(
    kind: UInt8,
    head: UInt16 = 0,
    call: UInt32 = 0,
    fields: [(String, String)] = [],
    fieldCount: UInt8? = nil,
    fieldBytes: UInt32? = nil,
    number: Int64 = -1,
    count: UInt32? = nil,
    _ body: [UInt8] = []
  ) -> [UInt8] {
    var list = HeaderList()
    for (name, value) in fields { list.append(name: name, value: value) }
    var bytes: [UInt8] = []
    func add(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    add(count ?? UInt32(list.storage.count + body.count))
    bytes += [kind, fieldCount ?? UInt8(list.count)]
    add(head)
    add(call)
    add(fieldBytes ?? UInt32(list.storage.count))
    add(number)
    return bytes + list.storage + body
  }

  /// A head, and what follows.
  func behindHead(_ record: [UInt8]) -> [UInt8] {
    self.record(kind: 1, fields: [(":status", "200")]) + record
  }

  @Test(arguments: [1, 3, 23, 24, 25, 1_000, 1 << 20])
  func `records are the same however they are cut`(size: Int) throws {
    var writer = TrunkWriter()
    var extra = HeaderList()
    extra.append("idempotency-key", "k", isSensitive: true)
    let one = template("one")
    let large = [UInt8](repeating: 7, count: TrunkLimits.call)
    let trace = TrunkTrace(high: 1, low: .max, span: 3, flags: 1)
    writer.add(.call, 1, OutgoingHead(one, extra: extra, length: 3), trace, body: [1, 2, 3])
    writer.add(
      .call,
      2,
      OutgoingHead(template("two"), length: large.count),
      TrunkTrace(high: 0, low: 0, span: 0, flags: 255),
      body: large
    )
    writer.add(.call, 3, OutgoingHead(one), body: [])
    writer.add(.cancel, 2)
    writer.add(.credit, 3, number: 9)
    let seen = try read(writer.take(), by: size)
    try #require(seen.count == 5)
    #expect(seen.map(\.kind) == [.call, .call, .call, .cancel, .credit])
    #expect(seen.map(\.call) == [1, 2, 3, 2, 3])
    #expect(seen.map(\.body) == [[1, 2, 3], large, [], [], []])
    #expect(
      seen.map(\.trace)
        == [trace, TrunkTrace(high: 0, low: 0, span: 0, flags: 255), nil, nil, nil]
    )
    #expect(
      seen[0].fields.description
        == ":status: 200\nx-value: one\nidempotency-key: k\ncontent-length: 3"
    )
    #expect(seen[1].fields.string(of: "x-value") == "two")
    #expect(seen[2].fields == one.list)
    #expect(seen[4].number == 9)
    let isEmpty = writer.isEmpty
    #expect(isEmpty)
  }

  @Test func `a head goes over once, and again when all were forgotten`() throws {
    var writer = TrunkWriter()
    let first = template("first")
    writer.add(.answer, 1, OutgoingHead(first), body: [])
    let once = writer.take().count
    writer.add(.answer, 2, OutgoingHead(first), body: [])
    let again = writer.take()
    #expect(again.count == TrunkRecord.prefixCount)
    #expect(once > again.count + first.bytes.count)
    #expect(fault(of: again) == .unknownHead)

    var all: [UInt8] = []
    var fresh = TrunkWriter()
    var expected: [String] = []
    for number in 0..<TrunkLimits.heads * 2 + 3 {
      let head = template("\(number)")
      fresh.add(.answer, UInt32(number), OutgoingHead(head), body: [])
      fresh.add(.answer, 0, OutgoingHead(first), body: [])
      expected += ["\(number)", "first"]
      all += fresh.take()
    }
    #expect(try read(all, by: 777).map { $0.fields.string(of: "x-value") } == expected)
  }

  @Test func `long heads are forgotten before they are too many bytes`() throws {
    let long = String(repeating: "y", count: TrunkLimits.head - 100)
    var writer = TrunkWriter()
    var all: [UInt8] = []
    for number in 0..<200 {
      writer.add(.answer, 0, OutgoingHead(template("\(number)\(long)")), body: [])
      all += writer.take()
    }
    #expect(try read(all, by: 60_000).count == 200)
    // Whoever does not forget them goes too far.
    var greedy: [UInt8] = []
    for number in 0..<UInt16(100) {
      greedy += record(kind: 1, head: number, fields: [(":status", "200"), ("x", long)])
    }
    #expect(fault(of: greedy) == .badLength)
  }

  @Test func `what breaks the form is refused before anything is read of it`() {
    #expect(fault(of: record(kind: 0)) == .unknownKind(0))
    #expect(fault(of: record(kind: 12)) == .unknownKind(12))
    #expect(fault(of: record(kind: 3, count: .max)) == .badLength)
    #expect(fault(of: record(kind: 2, fieldBytes: 5)) == .badLength)
    // A traced call is longer than its prefix.
    #expect(fault(of: record(kind: 10, [UInt8](repeating: 1, count: 24))) == .badLength)
    #expect(fault(of: record(kind: 2, head: 0)) == .unknownHead)
    #expect(fault(of: record(kind: 2, head: 600)) == .unknownHead)
    #expect(fault(of: record(kind: 1, head: 512, fields: [(":status", "200")])) == .unknownHead)
    #expect(fault(of: record(kind: 1, fields: [(":status", "200")], [0])) == .badLength)
    let long = String(repeating: "y", count: TrunkLimits.head)
    #expect(fault(of: record(kind: 1, fields: [(":status", "200"), ("x", long)])) == .badLength)
    #expect(fault(of: behindHead(record(kind: 5, fields: [("x", long)]))) == .badLength)
    let many = (0...TrunkLimits.fields).map { ("x\($0)", "") }
    #expect(fault(of: behindHead(record(kind: 5, fields: many))) == .badLength)
    for count in [0, 2] as [UInt8] {
      let one = record(kind: 5, fields: [("x", "1")], fieldCount: count)
      #expect(fault(of: behindHead(one)) == .badFields)
    }
    for kind in [3, 4, 7, 8, 9, 11] as [UInt8] {
      #expect(fault(of: record(kind: kind, fields: [("x", "1")])) == .badFields)
    }
    for kind in [3, 4, 6, 8, 9, 11] as [UInt8] {
      #expect(fault(of: behindHead(record(kind: kind, [0]))) == .badLength)
    }
    let window = [UInt8](repeating: 0, count: TrunkLimits.window)
    for kind in [5, 7] as [UInt8] {
      #expect(fault(of: behindHead(record(kind: kind, window))) == nil)
      #expect(fault(of: behindHead(record(kind: kind, window + [0]))) == .badLength)
    }
    let call = [UInt8](repeating: 0, count: TrunkLimits.call + 1)
    #expect(fault(of: behindHead(record(kind: 2, call))) == .badLength)
  }

  @Test(arguments: [
    ("X", "1"), ("", "1"), ("x", "a\r\nb"), ("x y", "1"), ("x", "\0"), (":path", "/"),
    ("content-length", "0"), ("connection", "close"), ("transfer-encoding", "chunked"),
    ("keep-alive", "1"), ("upgrade", "h2c"), ("te", "trailers"), ("proxy-connection", "1"),
  ])
  func `fields that no message may have are refused`(name: String, value: String) {
    let fields = [(name, value)]
    #expect(fault(of: behindHead(record(kind: 5, fields: fields))) == .badFields)
    #expect(fault(of: record(kind: 1, fields: [(":status", "200")] + fields)) == .badFields)
  }

  @Test func `a head has the pseudo-headers of its direction, each once and first`() {
    let status = (":status", "200")
    let call = [(":method", "POST"), (":scheme", "http"), (":path", "/")]
    func isGood(_ fields: [(String, String)], answers: Bool) -> Bool {
      fault(of: record(kind: 1, fields: fields), answers: answers) == nil
    }
    #expect(isGood([status, ("x", "1")], answers: true))
    for fields in [[], [status, status], [("x", "1"), status], call, call + [status]] {
      #expect(!isGood(fields, answers: true))
    }
    for value in ["101", "20", "2000", "abc", "099"] {
      #expect(!isGood([(":status", value)], answers: true))
    }
    #expect(isGood(call + [("x", "1")], answers: false))
    #expect(isGood(call + [(":authority", "a")], answers: false))
    for fields in [[status], Array(call.dropLast()), call + [call[0]], call + [(":x", "1")]] {
      #expect(!isGood(fields, answers: false))
    }
    #expect(!isGood([("x", "1")] + call, answers: false))
  }

  @Test func `a body has the length that its head says`() {
    for kind in [2, 5] as [UInt8] {
      #expect(fault(of: behindHead(record(kind: kind, number: 2, [1, 2]))) == nil)
      #expect(fault(of: behindHead(record(kind: kind, number: -1, [1, 2]))) == nil)
      for number in [0, 1, 3, .max] as [Int64] {
        #expect(fault(of: behindHead(record(kind: kind, number: number, [1, 2]))) == .badLength)
      }
    }
    // The answer to HEAD says the length of another.
    #expect(fault(of: behindHead(record(kind: 5, number: 9))) == nil)
    #expect(fault(of: behindHead(record(kind: 2, number: 9))) == .badLength)
  }

  @Test func `fields are parted into what lasts and what passes`() {
    var list = HeaderList(status: 200)
    list.append("a", "1")
    list.append("b", "2", isSensitive: true)
    list.append("content-length", "17")
    list.append("c", "3")
    let (lasting, passing, length) = list.parts
    #expect(lasting.description == ":status: 200\na: 1\nc: 3")
    #expect(passing.description == "b: 2")
    #expect(length == 17)
    #expect(HeaderList(status: 204).parts.length == -1)
  }

  @Test func `only heads that fit go over a trunk`() {
    var many = HeaderList()
    for _ in 0...TrunkLimits.fields { many.append("a", "") }
    var long = HeaderList()
    long.append("a", String(repeating: "b", count: TrunkLimits.head))
    for list in [many, long] {
      #expect(!TrunkWriter.isShort(OutgoingHead(HeadTemplate(list))))
      #expect(!TrunkWriter.isShort(OutgoingHead(template("a"), extra: list)))
    }
    #expect(TrunkWriter.isShort(OutgoingHead(template("a"), extra: template("b").list)))
  }
}
