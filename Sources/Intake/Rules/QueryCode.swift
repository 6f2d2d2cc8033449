/// The six digits on the receipt, derived and never stored.
///
/// - Source: docs/rules/intake.md, rule I9
package enum QueryCode {
  /// The code of a keyed hash: its first eight bytes modulo 1,000,000, with zeros in front.
  package static func code(of hash: [UInt8]) -> String {
    let number = hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let digits = String(number % 1_000_000)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// Whether two codes are the same, in a time that does not tell where they differ.
  package static func isEqual(_ one: String, _ other: String) -> Bool {
    let (left, right) = (Array(one.utf8), Array(other.utf8))
    var difference = UInt8(left.count == right.count ? 0 : 1)
    for index in 0..<6 {
      let pair = (index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
      difference |= pair.0 ^ pair.1
    }
    return difference == 0
  }
}
