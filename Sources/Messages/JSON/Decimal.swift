/// A number of JSON, digit by digit: `digits` times ten to the power of `exponent`.
struct Decimal {
  private let isNegative: Bool
  /// Without zeros at either end; none for 0.
  private let digits: ArraySlice<UInt8>
  private let exponent: Int

  /// Reads a text that is a number by the grammar of JSON.
  init(_ text: String.UTF8View) {
    var digits: [UInt8] = []
    var exponent = 0
    var isFraction = false
    var rest = text[...]
    isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    while let byte = rest.first, byte | 0x20 != UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if byte == UInt8(ascii: ".") {
        isFraction = true
        continue
      }
      if isFraction { exponent -= 1 }
      if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte) }
    }
    let zeros = digits.reversed().prefix { $0 == UInt8(ascii: "0") }.count
    self.digits = digits.dropLast(zeros)
    self.exponent = exponent + zeros + Self.exponent(rest.dropFirst())
  }

  /// What stands behind the `e`, or a number of which no text of ours is as long.
  private static func exponent(_ text: Substring.UTF8View) -> Int {
    let number = text.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    let most = 1 << 40
    let size = number.reduce(0) { min(most, 10 * $0 + Int($1 - UInt8(ascii: "0"))) }
    return text.first == UInt8(ascii: "-") ? -size : size
  }

  /// Whether it is a whole number.
  var isWhole: Bool { digits.isEmpty || exponent >= 0 }

  /// A whole number without point and exponent; nil if it has more digits than so many.
  func plain(upTo most: Int) -> String? {
    guard !digits.isEmpty else { return "0" }
    guard exponent >= 0, digits.count + exponent <= most else { return nil }
    return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
      + String(repeating: "0", count: exponent)
  }
}
