extension Term {
  /// Within which a receipt must be answered, or the application counts as accepted.
  ///
  /// - Source: docs/rules/terms.md, rule T22 (Administrative Licensing Law 32)
  package static let receipt = workingDays(5)

  /// Within which the applicant supplies what is missing, where the notice names no other date.
  ///
  /// - Source: docs/rules/terms.md, rule T23 (the house's default; local rules)
  package static let correction = naturalDays(30)

  /// Within which a certificate is issued and delivered, from the decision.
  ///
  /// - Source: docs/rules/terms.md, rule T24 (Administrative Licensing Law 44)
  package static let delivery = workingDays(10)

  /// Within which an online application is looked at.
  ///
  /// - Source: docs/rules/terms.md, rule T25 (local rules)
  package static let preReview = workingDays(1)

  /// Within which a consulted department answers, where the item names no other term.
  ///
  /// - Source: docs/rules/terms.md, rule T26 (local rules on tacit consent)
  package static let consultation = workingDays(3)
}
