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
    let (year, month, date) = day.civil
    guard region.utf8.count == 6, (0...9999).contains(year), (0...999).contains(department),
      (0...99_999).contains(sequence)
    else { return nil }
    var body = Array(region.utf8)
    body.reserveCapacity(Self.length)
    body.append(year, digits: 4)
    body.append(month, digits: 2)
    body.append(date, digits: 2)
    body.append(department, digits: 3)
    body.append(sequence, digits: 5)
    guard let check = Self.checkDigit(of: body) else { return nil }
    body.append(check, digits: 1)
    text = String(decoding: body, as: UTF8.self)
    self.day = day
  }

  /// The number of a text of exactly 23 digits.
  ///
  /// - Returns: nil if the form, the date or the check digit is wrong.
  package init?(_ text: some StringProtocol) {
    var text = String(text)
    guard let day = text.withUTF8(Self.day(in:)) else { return nil }
    (self.text, self.day) = (text, day)
  }

  /// How many digits a number has.
  private static let length = 23

  /// The day in the digits of a number; nil if they are none.
  private static func day(in digits: UnsafeBufferPointer<UInt8>) -> Day? {
    guard digits.count == length, let check = checkDigit(of: digits.dropLast()),
      Int(digits[length - 1]) == 0x30 + check
    else { return nil }
    func number(_ range: Range<Int>) -> Int {
      range.reduce(0) { $0 * 10 + Int(digits[$1] - 0x30) }
    }
    return Day(year: number(6..<10), month: number(10..<12), day: number(12..<14))
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

extension [UInt8] {
  /// Appends a number, at least 0, in so many digits.
  fileprivate mutating func append(_ number: Int, digits: Int) {
    var unit = 1
    for _ in 1..<digits { unit *= 10 }
    while unit > 0 {
      append(0x30 + UInt8(number / unit % 10))
      unit /= 10
    }
  }
}
