/// Bytes as pairs of hexadecimal digits.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Bytes as lower-case digits.
  package static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of digits of either case; nil if they are none, or an odd number of them.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let values = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).reduce(into: [] as [UInt8]?) { bytes, index in
      guard let high = values[index], let low = values[index + 1] else {
        bytes = nil
        return
      }
      bytes?.append(UInt8(high << 4 | low))
    }
  }
}
