package import Kernel
package import Law

/// What a decided case adds to the statistics.
///
/// - Source: docs/rules/monitoring.md, rule M9
package enum Figures {
  /// The figures of a case that was decided on a day.
  ///
  /// - Parameters:
  ///   - promise: The promise with the pauses of the case.
  ///   - due: The promised day, which the legal limit may cut short.
  ///   - legal: The legal limit; nil for none.
  ///   - decidedOn: The day of the decision.
  ///   - isGranted: Whether it was granted.
  /// - Returns: What the tally adds up.
  package static func of(
    promise: Reckoning,
    due: Day,
    legal: Term?,
    decidedOn: Day,
    isGranted: Bool
  ) -> CaseFigures {
    // A promise that its limit cuts short, or one in natural days or months, is kept if no more
    // working days are used than it has.
    let whole = due < promise.due ? nil : workingDays(promise.clock.term)
    return CaseFigures(
      legalDays: legal.flatMap(workingDays),
      promiseDays: whole ?? promise.workingDaysUsed(through: due),
      actualDays: promise.workingDaysUsed(through: decidedOn),
      outcome: isGranted ? .granted : .denied
    )
  }

  /// The working days of a term; nil if it counts otherwise.
  package static func workingDays(_ term: Term) -> Int? {
    switch term.unit {
    case .workingDay: term.amount
    case .immediate: 0
    case .naturalDay, .month: nil
    }
  }
}
