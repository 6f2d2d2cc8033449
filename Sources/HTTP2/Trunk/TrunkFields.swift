internal import CNghttp2

/// What the fields of a trunk's messages must be, as nghttp2 demands it of a stream's.
enum TrunkFields {
  /// Which messages a head belongs to.
  enum Direction {
    case calls
    case answers
  }

  /// Checks the fields that many messages share, with the pseudo-headers.
  ///
  /// - Source: RFC 9113, sections 8.2 and 8.3.
  static func check(
    head bytes: UnsafeRawBufferPointer,
    count: Int,
    of direction: Direction
  ) throws(TrunkFault) {
    var pseudo: [[UInt8]] = []
    var isBehindPseudo = false
    try forEach(bytes, count: count) { name, value throws(TrunkFault) in
      guard name.first == UInt8(ascii: ":") else {
        isBehindPseudo = true
        return try checkOrdinary(name)
      }
      guard !isBehindPseudo, !pseudo.contains(where: { $0.elementsEqual(name) }) else {
        throw .badFields
      }
      if case .answers = direction, !isStatus(value) { throw .badFields }
      pseudo.append(Array(name))
    }
    let names = Set(pseudo.map { String(decoding: $0, as: UTF8.self) })
    switch direction {
    case .answers:
      guard names == [":status"] else { throw .badFields }
    case .calls:
      let needed: Set<String> = [":method", ":path", ":scheme"]
      guard names.isSuperset(of: needed), names.isSubset(of: needed.union([":authority"])) else {
        throw .badFields
      }
    }
  }

  /// Checks the fields that one message alone has.
  static func check(passing bytes: UnsafeRawBufferPointer, count: Int) throws(TrunkFault) {
    try forEach(bytes, count: count) { name, _ throws(TrunkFault) in
      guard name.first != UInt8(ascii: ":") else { throw .badFields }
      try checkOrdinary(name)
    }
  }

  /// Refuses what is said by the record itself, and what belongs to one connection.
  private static func checkOrdinary(_ name: UnsafeRawBufferPointer) throws(TrunkFault) {
    let isWrong =
      switch name.count {
      case 2: StaticString("te").equals(name)
      case 7: StaticString("upgrade").equals(name) || StaticString("trailer").equals(name)
      case 10: StaticString("connection").equals(name) || StaticString("keep-alive").equals(name)
      case 14: StaticString("content-length").equals(name)
      case 16: StaticString("proxy-connection").equals(name)
      case 17: StaticString("transfer-encoding").equals(name)
      default: false
      }
    if isWrong { throw .badFields }
  }

  private static func isStatus(_ value: UnsafeRawBufferPointer) -> Bool {
    guard value.count == 3, let status = HeaderList.number(value) else { return false }
    return (200...999).contains(status)
  }

  /// Calls the closure with each of so many fields in the layout of ``HeaderList``, if they are
  /// that many and each is valid.
  private static func forEach(
    _ bytes: UnsafeRawBufferPointer,
    count: Int,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(TrunkFault) -> Void
  ) throws(TrunkFault) {
    guard count <= TrunkLimits.fields, bytes.count <= TrunkLimits.head else { throw .badLength }
    var (position, left) = (0, count)
    while position < bytes.count {
      guard left > 0, bytes.count - position >= HeaderList.prefixCount,
        let field = HeaderList.field(at: position, in: bytes), field.end <= bytes.count
      else { throw .badFields }
      let name = UnsafeRawBufferPointer(rebasing: bytes[field.nameStart..<field.valueStart])
      let value = UnsafeRawBufferPointer(rebasing: bytes[field.valueStart..<field.end])
      let first = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard let first,
        nghttp2_check_header_name(first + field.nameStart, field.nameCount) != 0,
        nghttp2_check_header_value(first + field.valueStart, field.valueCount) != 0
      else { throw .badFields }
      try body(name, value)
      position = field.end
      left -= 1
    }
    guard left == 0 else { throw .badFields }
  }
}
