/// Frames made by hand, for what a well-behaved peer never sends.
///
/// - Source: RFC 9113, section 4.1.
enum Frames {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let emptySettings = frame(type: 4, flags: 0, stream: 0, [])

  static func frame(type: UInt8, flags: UInt8, stream: Int32, _ payload: [UInt8]) -> [UInt8] {
    let length = UInt32(payload.count)
    let identifier = UInt32(bitPattern: stream)
    return [
      UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
      UInt8(truncatingIfNeeded: length), type, flags,
      UInt8(truncatingIfNeeded: identifier >> 24), UInt8(truncatingIfNeeded: identifier >> 16),
      UInt8(truncatingIfNeeded: identifier >> 8), UInt8(truncatingIfNeeded: identifier),
    ] + payload
  }

  /// HEADERS with END_HEADERS.
  static func headers(stream: Int32, endOfStream: Bool = false, _ block: [UInt8]) -> [UInt8] {
    frame(type: 1, flags: endOfStream ? 0x5 : 0x4, stream: stream, block)
  }

  static func data(stream: Int32, endOfStream: Bool = false, _ bytes: [UInt8]) -> [UInt8] {
    frame(type: 0, flags: endOfStream ? 0x1 : 0, stream: stream, bytes)
  }

  static func reset(stream: Int32, code: UInt8) -> [UInt8] {
    frame(type: 3, flags: 0, stream: stream, [0, 0, 0, code])
  }

  static func ping(_ value: UInt8) -> [UInt8] {
    frame(type: 6, flags: 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, value])
  }

  /// `:method: GET`, `:scheme: http`, `:path: /` from the static table, and `:authority: a`.
  static let getRoot: [UInt8] = [0x82, 0x86, 0x84, 0x01, 1, UInt8(ascii: "a")]

  /// A field as a literal without indexing with a new name, both shorter than 127 bytes.
  static func literal(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  /// The types of the frames in bytes that end with a whole frame.
  static func types(of bytes: [UInt8]) -> [UInt8] {
    var types: [UInt8] = []
    var position = 0
    while position + 9 <= bytes.count {
      types.append(bytes[position + 3])
      let length = bytes[position..<position + 3].reduce(0) { $0 << 8 | Int($1) }
      position += 9 + length
    }
    return types
  }
}
