/// Parses JSON strictly by RFC 8259, to `MessageLimits.jsonDepth` levels and at most
/// `MessageLimits.jsonValues` values.
package struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var values = 0

  /// Parses a whole text.
  package static func parse(_ bytes: [UInt8]) throws(DecodeError) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.fault() }
    return value
  }

  /// Whether a text is a number by the grammar of JSON.
  static func isNumber(_ text: String) -> Bool {
    var parser = JSONParser(bytes: Array(text.utf8))
    do {
      _ = try parser.number()
    } catch {
      return false
    }
    return parser.position == parser.bytes.count
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func fault() -> DecodeError { DecodeError(.syntax(offset: position)) }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func take(word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count else { return false }
    let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<end]) }
    if matches { position = end }
    return matches
  }

  private mutating func value(depth: Int) throws(DecodeError) -> JSONValue {
    skipSpace()
    values += 1
    guard values <= MessageLimits.jsonValues else { throw DecodeError(.tooLarge) }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take(word: "true"): return .bool(true)
    case UInt8(ascii: "f") where take(word: "false"): return .bool(false)
    case UInt8(ascii: "n") where take(word: "null"): return .null
    default: return .number(try number())
    }
  }

  private mutating func object(depth: Int) throws(DecodeError) -> [JSONValue.Member] {
    guard depth <= MessageLimits.jsonDepth else { throw DecodeError(.tooDeep) }
    position += 1
    var members: [JSONValue.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault() }
      members.append(JSONValue.Member(key: key, value: try value(depth: depth)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw fault() }
    return members
  }

  private mutating func array(depth: Int) throws(DecodeError) -> [JSONValue] {
    guard depth <= MessageLimits.jsonDepth else { throw DecodeError(.tooDeep) }
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    repeat {
      elements.append(try value(depth: depth))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw fault() }
    return elements
  }

  private mutating func digits() throws(DecodeError) {
    guard let first = next, (0x30...0x39).contains(first) else { throw fault() }
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
  }

  private mutating func number() throws(DecodeError) -> String {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func string() throws(DecodeError) -> String {
    guard take(UInt8(ascii: "\"")) else { throw fault() }
    let start = position
    while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
    if next == UInt8(ascii: "\"") {
      position += 1
      return try text(bytes[start..<(position - 1)], from: start)
    }
    var buffer = Array(bytes[start..<position])
    while let byte = next, byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(buffer[...], from: start)
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      default: buffer.append(byte)
      }
    }
    throw fault()
  }

  private func text(_ slice: ArraySlice<UInt8>, from start: Int) throws(DecodeError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw DecodeError(.syntax(offset: start))
    }
    return text
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(DecodeError) {
    guard let byte = next else { throw fault() }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"): buffer += Array(String(try scalar()).utf8)
    default:
      position -= 1
      throw fault()
    }
  }

  private mutating func scalar() throws(DecodeError) -> Unicode.Scalar {
    let start = position
    var code = try hex()
    if (0xD800...0xDBFF).contains(code), take(word: "\\u") {
      let low = try hex()
      if (0xDC00...0xDFFF).contains(low) {
        code = 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
    }
    guard let scalar = Unicode.Scalar(code) else { throw DecodeError(.syntax(offset: start)) }
    return scalar
  }

  private mutating func hex() throws(DecodeError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault()
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
