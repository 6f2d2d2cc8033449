internal import Law

/// Kinds of identity papers (证件类型) whose numbers are checked, and how numbers are shown.
///
/// - Source: docs/rules/intake.md, rule I10
package enum IdentityNumber {
  /// 居民身份证.
  package static let citizen = "111"
  /// 统一社会信用代码.
  package static let credit = "001"

  /// Whether the number is one of its kind; kinds without a check pass.
  package static func isValid(type: String, number: String) -> Bool {
    switch type {
    case citizen: CitizenNumber(number) != nil
    case credit: CreditCode(number) != nil
    default: true
    }
  }

  /// The number as it is kept and compared: checked kinds in upper case.
  package static func canonical(type: String, number: String) -> String {
    switch type {
    case citizen: CitizenNumber(number)?.text ?? number
    case credit: CreditCode(number)?.text ?? number
    default: number
    }
  }

  /// The first 6 and the last 4 characters; below 15 characters the last 4 at most, and never more
  /// than half.
  package static func masked(number: String) -> String {
    number.count >= 15
      ? "\(number.prefix(6))\(stars(number.count - 10))\(number.suffix(4))"
      : maskedTail(number)
  }

  /// The last 4 characters, and never more than half.
  package static func masked(phone: String) -> String { maskedTail(phone) }

  private static func maskedTail(_ text: String) -> String {
    let shown = min(4, text.count / 2)
    return stars(text.count - shown) + text.suffix(shown)
  }

  private static func stars(_ count: Int) -> String { String(repeating: "*", count: count) }
}
