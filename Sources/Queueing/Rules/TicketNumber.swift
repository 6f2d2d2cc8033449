/// The number as it is printed and called.
///
/// - Source: docs/rules/queueing.md, rule Q1
enum TicketNumber {
  /// How many tickets a letter has in a day.
  ///
  /// - Source: docs/rules/queueing.md, rule Q12
  static let mostInADay: Int64 = 999

  /// The letter and three digits, for example `A023`.
  static func text(_ letter: String, _ sequence: Int64) -> String {
    let digits = String(sequence)
    return letter + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
