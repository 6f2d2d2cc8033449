package import Kernel

/// The number of a case (办件编号): region, day, department, sequence and a check digit.
///
/// - Source: docs/rules/terms.md, rule T31 (ISO/IEC 7064 MOD 11,10)
package struct CaseNumber: Sendable, Hashable, CustomStringConvertible {
  /// The 23 digits.
  package let text: String

  /// The day on which the number was given.
  package let day: Day

  /// A new number.
  ///
  /// The number is nil if a part does not fit its place.
  ///
  /// - Parameters:
  ///   - region: The code of the region, 6 digits.
  ///   - day: The day on which the number is given.
  ///   - department: The number of the department in its hall, 0 to 999.
  ///   - sequence: The number of the case in its department and day, 0 to 99,999.
  package init?(region: String, day: Day, department: Int, sequence: Int) {
    guard region.utf8.count == 6, (0...999).contains(department), (0...99_999).contains(sequence)
    else { return nil }
    let date = String(day.description.filter { $0 != "-" })
    let body = region + date + padded(department, to: 3) + padded(sequence, to: 5)
    guard let check = Self.checkDigit(of: body.utf8) else { return nil }
    self.init(body + String(check))
  }

  /// The number of a text of exactly 23 digits.
  ///
  /// - Returns: nil if the form, the date or the check digit is wrong.
  package init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 23, let check = Self.checkDigit(of: digits.dropLast()),
      Int(digits[22]) == 0x30 + check
    else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    guard let day = Day(iso: "\(part(6..<10))-\(part(10..<12))-\(part(12..<14))") else {
      return nil
    }
    self.text = part(0..<23)
    self.day = day
  }

  /// The code of the region, 6 digits.
  package var region: Substring { text.prefix(6) }

  /// The number of the department, 3 digits.
  package var department: Substring { text.dropFirst(14).prefix(3) }

  /// The number of the case in its department and day, 5 digits.
  package var sequence: Substring { text.dropFirst(17).prefix(5) }

  /// The number as people write it.
  package var description: String { text }

  /// The check digit of digits; nil if one of them is not a digit.
  ///
  /// - Source: ISO/IEC 7064, hybrid system MOD 11,10
  static func checkDigit(of digits: some Sequence<UInt8>) -> Int? {
    var product = 10
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let sum = (Int(digit - 0x30) + product) % 10
      product = (sum == 0 ? 10 : sum) * 2 % 11
    }
    return (11 - product) % 10
  }
}

private func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
