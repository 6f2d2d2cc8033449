/// Decimal digits of times.
enum Digits {
  /// The number of one to 18 digits; nil for anything else.
  static func number(_ bytes: some Collection<UInt8>) -> Int64? {
    guard (1...18).contains(bytes.count) else { return nil }
    var value: Int64 = 0
    for byte in bytes {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    return value
  }

  /// The nanoseconds of one to nine decimals.
  static func nanos(_ decimals: some Collection<UInt8>) -> Int32? {
    guard decimals.count <= 9, var value = number(decimals) else { return nil }
    for _ in decimals.count..<9 { value *= 10 }
    return Int32(value)
  }

  /// The number with zeros in front.
  static func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Nanoseconds as no, three, six or nine decimals with their point.
  static func fraction(_ nanos: Int32) -> String {
    guard nanos != 0 else { return "" }
    if nanos % 1_000_000 == 0 { return ".\(padded(Int64(nanos / 1_000_000), to: 3))" }
    if nanos % 1_000 == 0 { return ".\(padded(Int64(nanos / 1_000), to: 6))" }
    return ".\(padded(Int64(nanos), to: 9))"
  }
}
