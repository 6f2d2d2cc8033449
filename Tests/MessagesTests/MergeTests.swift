import Messages
import Testing

/// What the binary form allows beyond what encoders write: the parser's own rules.
@Suite("Merging and odd encodings")
struct MergeTests {
  private func optionals(_ hex: String) throws -> ProbeV1.Optionals {
    try ProbeV1.Optionals.decode(Vector.bytes(hex: hex))
  }

  @Test
  func `the last of a scalar given twice counts`() throws {
    #expect(try ProbeV1.Scalars.decode(Vector.bytes(hex: "18011802720161720162")).int32Value == 2)
  }

  @Test
  func `a message given twice is merged at every depth, its lists joined`() throws {
    let first = ProbeV1.Recursive(
      child: ProbeV1.Recursive(children: [ProbeV1.Recursive(label: 1)], label: 1),
      children: [ProbeV1.Recursive(label: 2)]
    )
    let second = ProbeV1.Recursive(
      child: ProbeV1.Recursive(
        child: ProbeV1.Recursive(label: 9),
        children: [ProbeV1.Recursive(label: 3)]
      ),
      children: [ProbeV1.Recursive(label: 4)]
    )
    let merged = try ProbeV1.Recursive.decode(first.encode() + second.encode())
    #expect(merged.child?.label == 1)
    #expect(merged.child?.child?.label == 9)
    #expect(merged.child?.children.map(\.label) == [1, 3])
    #expect(merged.children.map(\.label) == [2, 4])
  }

  @Test
  func `a message of a oneof given twice is merged, but not across another member`() throws {
    let left = ProbeV1.Recursive(either: .left(ProbeV1.Recursive(label: 1))).encode()
    let more = ProbeV1.Recursive(
      either: .left(ProbeV1.Recursive(child: ProbeV1.Recursive(label: 2)))
    ).encode()
    let right = ProbeV1.Recursive(either: .right("r")).encode()
    let whole = ProbeV1.Recursive(child: ProbeV1.Recursive(label: 2), label: 1)
    #expect(try ProbeV1.Recursive.decode(left + more).either == .left(whole))
    let anew = ProbeV1.Recursive(child: ProbeV1.Recursive(label: 2))
    #expect(try ProbeV1.Recursive.decode(left + right + more).either == .left(anew))
    #expect(try ProbeV1.Recursive.decode(left + right).either == .right("r"))
  }

  @Test
  func `merging a hundred thousand pieces takes linear time`() throws {
    let piece = ProbeV1.Recursive(
      child: ProbeV1.Recursive(children: [ProbeV1.Recursive(label: 1)])
    ).encode()
    let pieces = Array(repeatElement(piece, count: 100_000).joined())
    #expect(try ProbeV1.Recursive.decode(pieces).child?.children.count == 100_000)
  }

  @Test
  func `lists are read packed, unpacked and mixed`() throws {
    // 1, 2 packed, 3 alone, nothing packed, 4 packed: for a packed and for an unpacked field.
    let packed = try ProbeV1.Lists.decode(Vector.bytes(hex: "1a0201021803" + "1a00" + "1a0104"))
    #expect(packed.int32s == [1, 2, 3, 4])
    let unpacked = try ProbeV1.Lists.decode(Vector.bytes(hex: "6a0201026803" + "6a00" + "6a0104"))
    #expect(unpacked.unpacked == [1, 2, 3, 4])
    let flags = try ProbeV1.Lists.decode(Vector.bytes(hex: "420600018002" + "ff01" + "4005"))
    #expect(flags.bools == [false, true, true, true, true])
    let doubles = try ProbeV1.Lists.decode(
      Vector.bytes(hex: "0a10000000000000f03f0000000000000040" + "090000000000000840")
    )
    #expect(doubles.doubles == [1, 2, 3])
  }

  @Test(arguments: [
    "0a07000000000000f0", "1a0180", "420180", "1a0501", "3a0b8080808080808080808001",
  ])
  func `a packed list that is cut off or has too long a number is refused`(hex: String) {
    #expect(throws: DecodeError(.malformed)) { try ProbeV1.Lists.decode(Vector.bytes(hex: hex)) }
  }

  @Test
  func `numbers are cut to their width and may be longer than they need`() throws {
    let long = try ProbeV1.Scalars.decode(
      Vector.bytes(hex: "188180808080808000" + "68808080808001")
    )
    #expect(long.int32Value == 1)
    #expect(long.boolValue)
    let wide = try ProbeV1.Scalars.decode(Vector.bytes(hex: "28ffffffffffffffffff01"))
    #expect(wide.uint32Value == .max)
  }

  @Test
  func `groups and fields of another wire type are unknown fields`() throws {
    // Field 100 as a group that holds a group; field 1 as a number where text is meant.
    let bytes = Vector.bytes(hex: "a3060801" + "1b10021c" + "a406" + "0805" + "0a0161")
    let message = try ProbeV1.EchoReadRequest.decode(bytes)
    #expect(message.text == "a")
    #expect(message.unknownFields == Array(bytes.dropLast(3)))
    #expect(message.encode() == Array(bytes.suffix(3) + bytes.dropLast(3)))
    #expect(try ProbeV1.EchoReadRequest.decode(message.encode()) == message)
  }

  @Test(arguments: [
    "a306", "a30608", "a4060801", "a3060801ac06", "0e", "0f", "00", "0200", "07", "8000",
    "888080808000",
  ])
  func `a group without end, an end without group and wrong tags are refused`(hex: String) {
    #expect(throws: DecodeError(.malformed)) {
      try ProbeV1.EchoReadRequest.decode(Vector.bytes(hex: hex))
    }
  }

  @Test
  func `groups are nested to the limit and no deeper`() {
    let deep = [UInt8](repeating: 0x0B, count: 1_000_000)
    #expect(throws: DecodeError(.tooDeep)) { try ProbeV1.EchoReadRequest.decode(deep) }
  }

  @Test
  func `the entry of a map may lack its key or its value or have them twice`() throws {
    let maps = try ProbeV1.Maps.decode(
      Vector.bytes(hex: "0a00" + "0a03" + "0a0161" + "0a021005" + "0a0a0a01621001" + "0a01631002")
    )
    #expect(maps.counts == ["": 5, "a": 0, "c": 2])
    // The value of an entry is given in two pieces.
    let merged = try ProbeV1.Maps.decode(Vector.bytes(hex: "220a08011202180112022002"))
    #expect(merged.scalars == [1: ProbeV1.Scalars(int32Value: 1, int64Value: 2)])
  }
}
