/// Where a call belongs: the trace that it is part of, and the step of it that the call came from.
///
/// A plain value; it becomes text only at the edges: a header, a column, a message, a log line.
///
/// - Source: W3C Trace Context, https://www.w3.org/TR/trace-context/, section 3.2.
package struct TraceContext: Sendable, Hashable {
  /// The first half of the trace's number.
  package let high: UInt64
  /// The second half of the trace's number; both halves are never 0 together.
  package let low: UInt64
  /// The number of the step, which the specification calls parent-id; never 0.
  package let span: UInt64
  /// What the one who began the trace asks for: bit 0 to record it, bit 1 says that its number is
  /// random.
  ///
  /// Other bits are not known to version 00 and are not passed on.
  package let flags: UInt8

  /// The flags that are passed on.
  package static let knownFlags: UInt8 = 0x03
  /// Somebody records the trace.
  package static let sampled: UInt8 = 0x01
  /// The length of the text of version 00, in bytes.
  package static let length = 55
  /// The most characters of `tracestate` that are passed on.
  package static let stateLimit = 512
  /// The most members that `tracestate` may have.
  package static let stateMembers = 32

  /// A context of its parts; nil if the trace's or the step's number is 0.
  package init?(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
    guard high | low != 0, span != 0 else { return nil }
    self.high = high
    self.low = low
    self.span = span
    self.flags = flags & Self.knownFlags
  }

  /// Reads the value of a `traceparent`; nil if it is not valid, and then a trace begins anew.
  ///
  /// Of a version that is not known yet only what version 00 has is read, as section 3.2.4 says.
  ///
  /// - Parameter bytes: The value, without spaces around it.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.length,
      let version = Self.number(bytes, 0, 2), version != 0xFF,
      bytes.count == Self.length || version > 0 && bytes[Self.length] == UInt8(ascii: "-"),
      bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
      bytes[52] == UInt8(ascii: "-"),
      let high = Self.number(bytes, 3, 16), let low = Self.number(bytes, 19, 16),
      let span = Self.number(bytes, 36, 16), let flags = Self.number(bytes, 53, 2)
    else { return nil }
    self.init(high: high, low: low, span: span, flags: UInt8(flags))
  }

  /// Reads the value of a `traceparent`; nil if there is none or it is not valid.
  package init?(_ text: String?) {
    guard var text, !text.isEmpty else { return nil }
    guard let context = text.withUTF8({ Self(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = context
  }

  /// The same trace at another step; the same step if the number is 0.
  package func at(_ span: UInt64) -> Self {
    Self(high: high, low: low, span: span, flags: flags) ?? self
  }

  /// The trace's number: 32 hexadecimal digits.
  package var traceID: String {
    String(unsafeUninitializedCapacity: 32) { text in
      let room = UnsafeMutableRawBufferPointer(text)
      Self.write(high, into: room, 0)
      Self.write(low, into: room, 16)
      return 32
    }
  }

  /// The number of the step: 16 hexadecimal digits.
  package var spanID: String {
    String(unsafeUninitializedCapacity: 16) { text in
      Self.write(span, into: UnsafeMutableRawBufferPointer(text), 0)
      return 16
    }
  }

  /// The value of a `traceparent` of version 00.
  package var text: String {
    String(unsafeUninitializedCapacity: Self.length) { text in
      write(into: UnsafeMutableRawBufferPointer(text))
      return Self.length
    }
  }

  /// Writes the value of a `traceparent` of version 00 into a room of ``length`` bytes.
  package func write(into room: UnsafeMutableRawBufferPointer) {
    room[0] = UInt8(ascii: "0")
    room[1] = UInt8(ascii: "0")
    room[2] = UInt8(ascii: "-")
    Self.write(high, into: room, 3)
    Self.write(low, into: room, 19)
    room[35] = UInt8(ascii: "-")
    Self.write(span, into: room, 36)
    room[52] = UInt8(ascii: "-")
    room[53] = Self.digit(flags >> 4)
    room[54] = Self.digit(flags & 15)
  }

  // MARK: - Digits

  /// The number of so many hexadecimal digits in lower case; nil if there is anything else.
  private static func number(
    _ bytes: UnsafeRawBufferPointer,
    _ start: Int,
    _ count: Int
  ) -> UInt64? {
    // Eight at a time: digits are random, and a branch for each would be guessed wrong too often.
    if count == 16 {
      guard let high = eight(bytes, start), let low = eight(bytes, start + 8) else { return nil }
      return high << 32 | low
    }
    var number: UInt64 = 0
    for index in start..<start + count {
      let byte = bytes[index]
      switch byte {
      case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
      case 0x61...0x66: number = number << 4 | UInt64(byte - 0x57)
      default: return nil
      }
    }
    return number
  }

  /// The number of eight hexadecimal digits in lower case; nil if there is anything else.
  private static func eight(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64? {
    let text = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    // A letter has bit 6 and its last four bits are 1 to 6. No byte of a sum here goes over 255.
    let values = (text & 0x0F0F_0F0F_0F0F_0F0F) &+ 9 &* ((text >> 6) & 0x0101_0101_0101_0101)
    let letters = ((values &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    // Valid is what gives the same text when it is written again.
    guard values & 0xF0F0_F0F0_F0F0_F0F0 == 0,
      values &+ 0x3030_3030_3030_3030 &+ 0x27 &* letters == text
    else { return nil }
    // The first digit counts most; two digits to a byte, then two bytes to a pair, and so on.
    var number = values.byteSwapped
    number = (number | number >> 4) & 0x00FF_00FF_00FF_00FF
    number = (number | number >> 8) & 0x0000_FFFF_0000_FFFF
    return (number | number >> 16) & 0xFFFF_FFFF
  }

  private static func write(
    _ number: UInt64,
    into room: UnsafeMutableRawBufferPointer,
    _ start: Int
  ) {
    for index in 0..<16 {
      room[start + index] = digit(UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15)
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }
}

extension TraceContext {
  /// How many members the value of a `tracestate` has; nil if it is not valid.
  ///
  /// Lengths are left to the receiver, but for the whole (``stateLimit``); that no key stands twice
  /// is not looked at, since nothing here reads the members.
  ///
  /// - Source: W3C Trace Context, section 3.3.1.
  package static func stateMembers(of bytes: UnsafeRawBufferPointer) -> Int? {
    var members = 0
    var start = 0
    while start <= bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: ",") { end += 1 }
      let member = trimmed(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      // Empty members are allowed, so that fields can be joined without looking at them.
      if !member.isEmpty {
        guard isStateMember(member) else { return nil }
        members += 1
      }
      start = end + 1
    }
    return members
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var (start, end) = (0, bytes.count)
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  /// Whether bytes are `key=value`: the key of a-z, 0-9, `_-*/` and at most one `@`, the value
  /// printable without `,` and `=`.
  private static func isStateMember(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let middle = bytes.firstIndex(of: UInt8(ascii: "=")), middle > 0, middle + 1 < bytes.count
    else { return false }
    var ats = 0
    for (index, byte) in bytes[..<middle].enumerated() {
      switch byte {
      case 0x61...0x7A, 0x30...0x39: break
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"):
        if index == 0 { return false }
      case UInt8(ascii: "@"):
        ats += 1
        if index == 0 || ats > 1 { return false }
      default: return false
      }
    }
    for byte in bytes[(middle + 1)...] {
      guard (0x20...0x7E).contains(byte), byte != UInt8(ascii: ","), byte != UInt8(ascii: "=")
      else { return false }
    }
    return true
  }
}
