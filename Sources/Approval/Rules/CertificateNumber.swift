internal import Kernel

/// The number of a certificate: the item's letters, the year, six digits and a check digit.
///
/// - Source: docs/rules/approval.md, rule A11 (ISO/IEC 7064 MOD 11,10)
struct CertificateNumber: Sendable, Hashable, CustomStringConvertible {
  /// The whole number.
  let description: String

  /// A number.
  ///
  /// - Parameters:
  ///   - prefix: The item's letters; the check digit does not cover them.
  ///   - year: The year of issue, 1 to 9999.
  ///   - sequence: The number within letters and year, from 1; more than six digits stay whole.
  init(prefix: String, year: Int, sequence: Int64) {
    let digits = Self.padded(Int64(year), to: 4) + Self.padded(sequence, to: 6)
    description = prefix + digits + String(Self.checkDigit(of: digits))
  }

  /// The last day on which a certificate holds that is issued on a day; nil if without end.
  ///
  /// It holds up to the day before the corresponding day of the last month, or up to the end of
  /// that month if it has no such day.
  ///
  /// - Source: docs/rules/approval.md, rule A12 (Civil Code 202)
  static func validUntil(issued day: Day, months: Int) -> Day? {
    guard months != 0 else { return nil }
    let end = day.advanced(byMonths: months)
    return end.civil.day < day.civil.day ? end : end.advanced(byDays: -1)
  }

  /// The check digit of decimal digits.
  ///
  /// - Source: ISO/IEC 7064, hybrid system MOD 11,10
  static func checkDigit(of digits: String) -> Int {
    var product = 10
    for digit in digits.utf8 {
      let sum = (Int(digit) - 0x30 + product) % 10
      product = (sum == 0 ? 10 : sum) * 2 % 11
    }
    return (11 - product) % 10
  }

  private static func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
