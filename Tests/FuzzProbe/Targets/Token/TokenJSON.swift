/// A JSON text read strictly, whoever else reads it: UTF-8, no member of
/// the outermost object twice, nothing behind it.
///
/// A mark of UTF-8 in front of it may be passed over, and so may a comma behind the last member and
/// wrong numbers and texts in members that nobody reads: they give nothing a second meaning.
///
/// - Source: RFC 8259, 8.1; RFC 7519, section 4: no claim is there twice.
enum TokenJSON: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  /// A number or text that is none.
  case wrong
  case list([TokenJSON])
  case object([String: TokenJSON])

  /// Reads a text; nil if it is not strictly JSON.
  init?(_ bytes: [UInt8]) {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var reader = Reader(rest: bytes[...])
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.rest = reader.rest.dropFirst(3) }
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipBlanks()
    guard reader.rest.isEmpty else { return nil }
    self = value
  }

  /// The member of an object; nil if it is none, or has none, or null.
  subscript(name: String) -> TokenJSON? {
    guard case .object(let members) = self, let value = members[name], value != .null else {
      return nil
    }
    return value
  }

  /// The text; nil if it is another value.
  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The number; nil if it is another value.
  var number: Double? { if case .number(let number) = self { number } else { nil } }

  /// The texts of a list; nil if it is another value.
  var texts: [String]? {
    guard case .list(let values) = self else { return nil }
    let texts = values.compactMap(\.text)
    return texts.count == values.count ? texts : nil
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func skipBlanks() {
      rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
      guard rest.first == byte else { return false }
      rest = rest.dropFirst()
      return true
    }

    private mutating func take(_ word: String) -> Bool {
      guard rest.starts(with: Array(word.utf8)) else { return false }
      rest = rest.dropFirst(word.utf8.count)
      return true
    }

    mutating func value(depth: Int) -> TokenJSON? {
      guard depth < 1_024 else { return nil }
      skipBlanks()
      switch rest.first {
      case UInt8(ascii: "{"): return object(depth: depth)
      case UInt8(ascii: "["): return list(depth: depth)
      case UInt8(ascii: "\""): return textValue()
      case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
      case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
      case UInt8(ascii: "n"): return take("null") ? .null : nil
      default: return number()
      }
    }

    private mutating func object(depth: Int) -> TokenJSON? {
      var members: [String: TokenJSON] = [:]
      rest = rest.dropFirst()
      skipBlanks()
      guard !take(UInt8(ascii: "}")) else { return .object([:]) }
      repeat {
        skipBlanks()
        if rest.first == UInt8(ascii: "}"), !members.isEmpty { break }
        guard rest.first == UInt8(ascii: "\""), let name = text() else { return nil }
        skipBlanks()
        guard depth > 0 || members[name] == nil, take(UInt8(ascii: ":")),
          let value = value(depth: depth + 1)
        else { return nil }
        members[name] = value
        skipBlanks()
      } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func list(depth: Int) -> TokenJSON? {
      var values: [TokenJSON] = []
      rest = rest.dropFirst()
      skipBlanks()
      guard !take(UInt8(ascii: "]")) else { return .list([]) }
      repeat {
        skipBlanks()
        if rest.first == UInt8(ascii: "]"), !values.isEmpty { break }
        guard let value = value(depth: depth + 1) else { return nil }
        values.append(value)
        skipBlanks()
      } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "]")) ? .list(values) : nil
    }

    private mutating func number() -> TokenJSON? {
      let word = rest.prefix { "+-.0123456789eE".utf8.contains($0) }
      guard !word.isEmpty else { return nil }
      let text = String(decoding: word, as: UTF8.self)
      rest = rest.dropFirst(word.count)
      guard Self.isNumber(word), let number = Double(text) else { return .wrong }
      return .number(number)
    }

    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
      var rest = word
      func takeDigits() -> Int {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.count
      }
      if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      let isZero = rest.first == UInt8(ascii: "0")
      let count = takeDigits()
      guard count > 0, !isZero || count == 1 else { return false }
      if rest.first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
        guard takeDigits() > 0 else { return false }
      }
      if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
        rest = rest.dropFirst()
        if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
        guard takeDigits() > 0 else { return false }
      }
      return rest.isEmpty
    }

    private mutating func textValue() -> TokenJSON? {
      let start = rest
      if let text = text() { return .text(text) }
      rest = start.dropFirst()
      while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\\") { rest = rest.dropFirst() }
      }
      return .wrong
    }

    private mutating func text() -> String? {
      var units: [UInt8] = []
      rest = rest.dropFirst()
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self)
        case 0..<0x20: return nil
        case UInt8(ascii: "\\"):
          guard let scalar = escaped() else { return nil }
          units += Array(String(scalar).utf8)
        default: units.append(byte)
        }
      }
      return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
      guard let byte = rest.popFirst() else { return nil }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"): break
      default: return nil
      }
      guard let high = unit() else { return nil }
      guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) }
      guard take("\\u"), let low = unit(), (0xDC00...0xDFFF).contains(low) else { return nil }
      return Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func unit() -> UInt32? {
      let digits = rest.prefix(4)
      guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
      else { return nil }
      rest = rest.dropFirst(4)
      return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
  }
}
