internal import TestSupport

/// Changes of the binary form of a message that keep tags and lengths in step.
///
/// - Source: Protocol Buffers, "Encoding".
enum WireMutation {
  /// A field as it stands on the wire; `content` is behind the tag and, for texts, the length.
  private struct Field {
    var number: UInt64
    var type: UInt8
    var content: [UInt8]
  }

  private static let texts: [[UInt8]] = [
    [], Array("a".utf8), Array("办件".utf8), [0], [0xC0, 0x80], [0xED, 0xA0, 0x80],
    [0xF4, 0x90, 0x80, 0x80], [0xFF], Array("\u{FEFF}\u{10FFFF}\"\\\n".utf8),
    Array("2026-03-02".utf8), Array("11010519491231002X".utf8), Array("91350100M000100Y43".utf8),
  ]

  /// Changes a message once, deep within if it can.
  static func change(_ bytes: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
    var depth = 0
    return change(bytes, depth: &depth, by: &generator)
  }

  private static func change(
    _ bytes: [UInt8],
    depth: inout Int,
    by generator: inout SeededGenerator
  ) -> [UInt8] {
    guard var fields = fields(of: bytes) else {
      var bytes = bytes
      Mutation.blind(&bytes, from: 0, by: &generator)
      return bytes
    }
    depth += 1
    guard let index = fields.indices.randomElement(using: &generator) else {
      return join([made(by: &generator)])
    }
    let isNested = fields[index].type == 2 && depth < 64
    if isNested, Int.random(in: 0..<3, using: &generator) > 0 {
      fields[index].content = change(fields[index].content, depth: &depth, by: &generator)
      return join(fields)
    }
    edit(&fields, index, by: &generator)
    return join(fields)
  }

  private static func edit(
    _ fields: inout [Field],
    _ index: Int,
    by generator: inout SeededGenerator
  ) {
    switch Int.random(in: 0..<11, using: &generator) {
    case 0: fields.remove(at: index)
    case 1: fields.append(fields[index])
    case 2: fields.swapAt(index, fields.indices.randomElement(using: &generator) ?? index)
    case 3: fields[index].number = number(by: &generator)
    case 4: fields[index] = made(by: &generator)
    case 5: fields.insert(made(by: &generator), at: index)
    case 6: fields[index].content = content(ofType: fields[index].type, by: &generator)
    case 7:
      let size = fields[index].content.count + 2
      let times = Mutation.times(size, within: 0, by: &generator)
      fields.insert(contentsOf: repeatElement(fields[index], count: times), at: index)
    case 8: wrap(&fields, index, by: &generator)
    case 9: fields[index].type = UInt8.random(in: 0..<8, using: &generator)
    default: Mutation.blind(&fields[index].content, from: 0, by: &generator)
    }
  }

  /// Puts a message into itself, again and again.
  private static func wrap(
    _ fields: inout [Field],
    _ index: Int,
    by generator: inout SeededGenerator
  ) {
    let number = fields[index].number
    var content = join(fields)
    for _ in 0..<min(256, Mutation.times(3, within: content.count, by: &generator)) {
      guard content.count < Mutation.longest else { break }
      content = join([Field(number: number, type: 2, content: content)])
    }
    fields = [Field(number: number, type: 2, content: content)]
  }

  private static func made(by generator: inout SeededGenerator) -> Field {
    let type = ([0, 0, 1, 2, 2, 2, 5] as [UInt8]).randomElement(using: &generator) ?? 0
    return Field(
      number: number(by: &generator),
      type: type,
      content: content(ofType: type, by: &generator)
    )
  }

  private static func number(by generator: inout SeededGenerator) -> UInt64 {
    Int.random(in: 0..<16, using: &generator) == 0
      ? Mutation.number(by: &generator) : UInt64.random(in: 1...26, using: &generator)
  }

  private static func content(
    ofType type: UInt8,
    by generator: inout SeededGenerator
  ) -> [UInt8] {
    let number = Mutation.number(by: &generator)
    switch type {
    case 0: return varint(number)
    case 1: return withUnsafeBytes(of: number.littleEndian) { Array($0) }
    case 5: return withUnsafeBytes(of: UInt32(truncatingIfNeeded: number)) { Array($0) }
    default: return texts.randomElement(using: &generator) ?? []
    }
  }

  // The form

  /// The number as protobuf writes it, 1 to 10 bytes.
  static func varint(_ number: UInt64) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func join(_ fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      bytes += varint(field.number << 3 | UInt64(field.type & 7))
      if field.type == 2 { bytes += varint(UInt64(field.content.count)) }
      bytes += field.content
    }
    return bytes
  }

  private static func fields(of bytes: [UInt8]) -> [Field]? {
    var rest = bytes[...]
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let tag = takeVarint(&rest)?.value else { return nil }
      let count: Int
      switch tag & 7 {
      case 0:
        guard let content = takeVarint(&rest)?.bytes else { return nil }
        fields.append(Field(number: tag >> 3, type: 0, content: Array(content)))
        continue
      case 1: count = 8
      case 2: count = takeVarint(&rest).flatMap { Int(exactly: $0.value) } ?? .max
      case 5: count = 4
      default: return nil
      }
      guard count <= rest.count else { return nil }
      fields.append(
        Field(number: tag >> 3, type: UInt8(tag & 7), content: Array(rest.prefix(count)))
      )
      rest = rest.dropFirst(count)
    }
    return fields
  }

  private static func takeVarint(
    _ rest: inout ArraySlice<UInt8>
  ) -> (value: UInt64, bytes: ArraySlice<UInt8>)? {
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(10).enumerated() {
      value |= UInt64(byte & 0x7F) << UInt64(7 * index)
      guard byte < 0x80 else { continue }
      let bytes = rest.prefix(index + 1)
      rest = rest.dropFirst(index + 1)
      return (value, bytes)
    }
    return nil
  }
}
