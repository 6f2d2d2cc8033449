import Messages
import TestSupport
import Testing

@Suite("Binary form")
struct BinaryTests {
  @Test(arguments: Vector.all)
  func `a cut message is decoded or refused, and never traps`(vector: Vector) {
    for length in 0..<vector.binary.count {
      if let message = try? vector.type.decode(Array(vector.binary.prefix(length))) {
        _ = message.encode()
      }
    }
  }

  @Test(arguments: Vector.all)
  func `a message with one wrong byte is decoded or refused, and never traps`(vector: Vector) {
    var changed = 0
    for index in vector.binary.indices {
      var bytes = vector.binary
      bytes[index] ^= [0x01, 0x80, 0xFF, 0x07][index % 4]
      guard let message = try? vector.type.decode(bytes) else { continue }
      let again = message.encode()
      if (try? vector.type.decode(again).encode()) != again { changed += 1 }
      if index % 4 == 0 { _ = (message.encodeJSON(), message.violations(checking: .testing)) }
    }
    #expect(changed == 0)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `noise is decoded or refused, and never traps`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for vector in Vector.all where !vector.binary.isEmpty {
      let count = Int.random(in: 1...40, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let at = Int.random(in: 0..<vector.binary.count, using: &generator)
      let bytes = Array(vector.binary[..<at] + noise + vector.binary[at...])
      if let message = try? vector.type.decode(bytes) { _ = message.encodeJSON() }
    }
  }

  @Test
  func `no bytes are the empty message`() throws {
    #expect(try ProbeV1.Order.decode([]) == ProbeV1.Order())
    #expect(ProbeV1.Order().encode().isEmpty)
    #expect(try ProbeV1.EchoNobodyRequest.decode([]) == ProbeV1.EchoNobodyRequest())
  }

  @Test
  func `a text that is not UTF-8 is refused`() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE5, 0xA4]] {
      #expect(throws: DecodeError(.invalidText)) {
        try ProbeV1.EchoReadRequest.decode([0x0A, UInt8(bytes.count)] + bytes)
      }
    }
  }

  @Test
  func `a text keeps its NUL`() throws {
    let message = ProbeV1.EchoReadRequest(text: "a\0b")
    #expect(message.encode() == [0x0A, 3, 0x61, 0, 0x62])
    #expect(try ProbeV1.EchoReadRequest.decode(message.encode()) == message)
  }

  @Test
  func `unknown fields are kept and written again`() throws {
    // Fields 100 to 103 of the four wire types around field 1.
    let bytes: [UInt8] =
      [0xA0, 0x06, 0x96, 0x01] + [0x0A, 1, 0x61]
      + [0xA9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8] + [0xB2, 0x06, 2, 0x41, 0x42]
      + [0xBD, 0x06, 1, 2, 3, 4]
    let message = try ProbeV1.EchoReadRequest.decode(bytes)
    #expect(message.text == "a")
    #expect(message.unknownFields == Array(bytes[0..<4] + bytes[7...]))
    #expect(message.encode() == Array(bytes[4..<7] + bytes[0..<4] + bytes[7...]))
    #expect(try ProbeV1.EchoReadRequest.decode(message.encode()) == message)
    #expect(message.encodeJSON() == Array(#"{"text":"a"}"#.utf8))
  }

  @Test
  func `unknown fields that are no fields are not written`() {
    var message = ProbeV1.EchoReadRequest(text: "a")
    for junk: [UInt8] in [[0x80], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [0x00, 1]] {
      message.unknownFields = junk
      #expect(message.encode() == [0x0A, 1, 0x61])
    }
  }

  @Test
  func `the last of two members of a oneof counts, and messages given twice are merged`() throws {
    let choice = try ProbeV1.Choices.decode([0x08, 5, 0x12, 1, 0x61])
    #expect(choice.choice == .text("a"))
    let first = ProbeV1.Scalars(int32Value: 1, stringValue: "a")
    let second = ProbeV1.Scalars(int32Value: 2, boolValue: true)
    let bytes =
      ProbeV1.Optionals(scalars: first).encode() + ProbeV1.Optionals(scalars: second).encode()
    let merged = ProbeV1.Scalars(int32Value: 2, boolValue: true, stringValue: "a")
    #expect(try ProbeV1.Optionals.decode(bytes).scalars == merged)
  }

  @Test
  func `presence tells a zero from nothing`() throws {
    let zeros = ProbeV1.Optionals(
      int32Value: 0,
      boolValue: false,
      stringValue: "",
      colour: .unspecified
    )
    #expect(try ProbeV1.Optionals.decode(zeros.encode()) == zeros)
    #expect(zeros != ProbeV1.Optionals())
    #expect(ProbeV1.Choices(choice: .number(0)).encode() == [0x08, 0])
  }

  /// Thread sanitizer tells if threads write to the one empty list.
  @Test
  func `many threads may encode messages in which nothing is set`() async {
    await withTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<1_000 { group.addTask { ProbeV1.Scalars().encode() } }
      for await bytes in group { #expect(bytes.isEmpty) }
    }
  }

  @Test
  func `an unknown number of an enum is kept`() throws {
    let message = try ProbeV1.Scalars.decode([0x80, 0x01, 0x92, 0x21])
    #expect(message.colour == .unrecognized(4_242))
    #expect(message.encode() == [0x80, 0x01, 0x92, 0x21])
  }

  @Test
  func `messages are nested to the limit and no deeper`() throws {
    func nested(_ levels: UInt32, by wrap: (ProbeV1.Recursive) -> ProbeV1.Recursive) -> [UInt8] {
      var message = ProbeV1.Recursive(label: 1)
      for _ in 1..<levels { message = wrap(message) }
      return message.encode()
    }
    let limit = MessageLimits.depth
    for wrap: (ProbeV1.Recursive) -> ProbeV1.Recursive in [
      { ProbeV1.Recursive(child: $0) }, { ProbeV1.Recursive(children: [$0]) },
      { ProbeV1.Recursive(either: .left($0)) },
    ] {
      #expect(try ProbeV1.Recursive.decode(nested(limit, by: wrap)).label == 0)
      #expect(throws: DecodeError(.tooDeep)) {
        try ProbeV1.Recursive.decode(nested(limit + 1, by: wrap))
      }
    }
    // A map's entry is a level of its own.
    let byName = nested(limit / 2 + 1) { ProbeV1.Recursive(byName: ["k": $0]) }
    #expect(throws: DecodeError(.tooDeep)) { try ProbeV1.Recursive.decode(byName) }
  }

  @Test
  func `a million levels are refused`() {
    var bytes: [UInt8] = []
    var length = 0
    for _ in 0..<1_000_000 {
      var header: [UInt8] = [0x0A]
      var rest = length
      while rest >= 0x80 {
        header.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      header.append(UInt8(rest))
      bytes += header.reversed()
      length += header.count
    }
    #expect(throws: DecodeError(.tooDeep)) {
      try ProbeV1.Recursive.decode(bytes.reversed())
    }
  }

  @Test
  func `a message that would use too much memory is refused`() {
    // Two bytes each that become a struct of hundreds.
    let bytes = [UInt8](repeating: 0, count: 4 << 20).indices.map {
      $0 % 2 == 0 ? 0x62 as UInt8 : 0
    }
    #expect(throws: DecodeError(.tooLarge)) { try ProbeV1.Lists.decode(bytes) }
  }

  @Test
  func `how much memory a message may use goes by its length`() throws {
    // Two bytes each that become a struct of hundreds, and eight that become two dozen.
    let empty = [UInt8](repeating: 0, count: 1 << 20).indices.map {
      $0 % 2 == 0 ? 0x62 as UInt8 : 0
    }
    #expect(throws: DecodeError(.tooLarge)) { try ProbeV1.Lists.decode(empty) }
    #expect(try ProbeV1.Lists.decode(Array(empty.prefix(40_000))).encode().count == 40_000)
    let text = ProbeV1.Lists(strings: [String](repeating: "受理", count: 500_000)).encode()
    #expect(try ProbeV1.Lists.decode(text).strings.count == 500_000)
    #expect(MessageLimits.memory(for: 1) < MessageLimits.memory)
    #expect(MessageLimits.memory(for: MessageLimits.bytes) == MessageLimits.memory)
  }

  @Test
  func `equal maps give equal bytes`() {
    let keys = (0..<100).map { "key \($0)" }
    var forwards: [String: Int64] = [:]
    var backwards: [String: Int64] = [:]
    for key in keys { forwards[key] = 1 }
    for key in keys.reversed() { backwards[key] = 1 }
    #expect(ProbeV1.Maps(counts: forwards).encode() == ProbeV1.Maps(counts: backwards).encode())
  }
}
