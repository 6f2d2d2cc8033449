/// A period within which something must be done.
///
/// That there is no term is not a term: it is a nil of this type.
///
/// - Source: docs/rules/terms.md, rule T8 (the units of a term)
package struct Term: Sendable, Hashable {
  /// What a term is counted in.
  package enum Unit: Sendable, Hashable, CaseIterable {
    /// Working days (工作日).
    case workingDay
    /// Natural days (自然日).
    case naturalDay
    /// Months.
    case month
    /// On the spot: the term ends with the day on which it opens. The amount is 0.
    case immediate
  }

  /// How many units, 1 to 9,999; 0 for an immediate term.
  package let amount: Int

  /// The unit.
  package let unit: Unit

  /// A term of an amount of units.
  ///
  /// - Returns: nil if the amount lies outside of the range of the unit.
  package init?(_ amount: Int, _ unit: Unit) {
    guard unit == .immediate ? amount == 0 : (1...9999).contains(amount) else { return nil }
    self.init(valid: amount, unit)
  }

  init(valid amount: Int, _ unit: Unit) {
    self.amount = amount
    self.unit = unit
  }

  /// On the spot, within the day.
  package static let immediate = Self(valid: 0, .immediate)

  /// A number of working days, 1 to 9,999.
  package static func workingDays(_ amount: Int) -> Self {
    checked(amount, .workingDay)
  }

  /// A number of natural days, 1 to 9,999.
  package static func naturalDays(_ amount: Int) -> Self {
    checked(amount, .naturalDay)
  }

  /// A number of months, 1 to 9,999.
  package static func months(_ amount: Int) -> Self {
    checked(amount, .month)
  }

  private static func checked(_ amount: Int, _ unit: Unit) -> Self {
    precondition((1...9999).contains(amount), "A term lasts 1 to 9,999 units, not \(amount).")
    return Self(valid: amount, unit)
  }
}
