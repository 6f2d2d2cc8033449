/// Base64 of RFC 4648.
package enum Base64 {
  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
  )
  private static let urlSafe = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
  )

  /// Encodes with the standard alphabet, or the one that is safe in a URL.
  package static func encode(
    _ bytes: [UInt8],
    urlSafe isSafe: Bool = false,
    padded: Bool = true
  ) -> String {
    let alphabet = isSafe ? urlSafe : standard
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let group = bytes[index..<min(index + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for place in 0...group.count {
        text.append(alphabet[Int(bits >> UInt32(18 - 6 * place)) & 63])
      }
      if padded { text += repeatElement(0x3D, count: 3 - group.count) }
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes either alphabet, with or without padding; nil if it is no Base64.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var symbols = Array(text.utf8)
    var padding = 0
    while symbols.last == 0x3D, padding < 2 {
      symbols.removeLast()
      padding += 1
    }
    guard symbols.count % 4 != 1, padding == 0 || (symbols.count + padding) % 4 == 0 else {
      return nil
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(symbols.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    for symbol in symbols {
      guard let value = value(of: symbol) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }

  private static func value(of symbol: UInt8) -> UInt32? {
    switch symbol {
    case 0x41...0x5A: UInt32(symbol) - 0x41
    case 0x61...0x7A: UInt32(symbol) - 0x61 + 26
    case 0x30...0x39: UInt32(symbol) - 0x30 + 52
    case 0x2B, 0x2D: 62
    case 0x2F, 0x5F: 63
    default: nil
    }
  }
}
