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
  ///   - legal: The legal limit; nil for none.
  ///   - decidedOn: The day of the decision.
  ///   - isGranted: Whether it was granted.
  /// - Returns: What the tally adds up.
  package static func of(
    promise: Reckoning,
    legal: Term?,
    decidedOn: Day,
    isGranted: Bool
  ) -> CaseFigures {
    CaseFigures(
      legalDays: legal.flatMap(workingDays),
      // A promise in natural days or months is kept if no more working days are used than it has.
      promiseDays: workingDays(promise.clock.term)
        ?? promise.workingDaysUsed(through: promise.due),
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
