/// What statistics need to know about a closed case, in working days.
///
/// - Source: docs/rules/terms.md, rule T28 (statistics)
package struct CaseFigures: Sendable, Hashable {
  /// The legal limit; nil if the item has none.
  package var legalDays: Int?

  /// The promise; nil if the item makes none.
  package var promiseDays: Int?

  /// From acceptance to decision without stopped days; 0 on the same day.
  package var actualDays: Int

  /// How it ended.
  package var outcome: Outcome

  package init(legalDays: Int?, promiseDays: Int?, actualDays: Int, outcome: Outcome = .granted) {
    self.legalDays = legalDays
    self.promiseDays = promiseDays
    self.actualDays = actualDays
    self.outcome = outcome
  }
}

/// Sums over cases, from which every indicator of a hall follows.
///
/// Tallies of parts add up to the tally of the whole. A case without a promise is measured by its
/// legal limit, and one without either is in time.
///
/// - Source: docs/rules/terms.md, rule T28 (statistics)
package struct CaseTally: Sendable, Hashable {
  /// Closed cases that count in rates.
  package private(set) var closed = 0

  /// Those closed within the promise.
  package private(set) var closedOnTime = 0

  /// Those closed before the last day of the promise.
  package private(set) var closedAhead = 0

  /// The sum of their actual working days.
  package private(set) var actualDays = 0

  /// Closed cases that have a legal limit.
  package private(set) var withLegalLimit = 0

  /// The sum of the legal limits of these.
  package private(set) var legalDays = 0

  /// The sum of what these were closed ahead of the legal limit; a late one takes away.
  package private(set) var daysAhead = 0

  /// Cases that are open and past their promise.
  package private(set) var openPastDue = 0

  /// The tally of nothing.
  package init() {}

  /// Adds a closed case, if its outcome counts in rates.
  package mutating func addClosed(_ figures: CaseFigures, sameDayAsOne: Bool = false) {
    guard figures.outcome.countsInRates else { return }
    let actual = max(figures.actualDays, sameDayAsOne ? 1 : 0)
    closed += 1
    actualDays += actual
    if let promise = figures.promiseDays ?? figures.legalDays {
      if figures.actualDays <= promise { closedOnTime += 1 }
      if figures.actualDays < promise { closedAhead += 1 }
    } else {
      closedOnTime += 1
    }
    if let legal = figures.legalDays {
      withLegalLimit += 1
      legalDays += legal
      daysAhead += legal - actual
    }
  }

  /// Adds a case that is open and past its promise.
  package mutating func addOpenPastDue() {
    openPastDue += 1
  }

  /// The tally of both.
  package static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum.closed += right.closed
    sum.closedOnTime += right.closedOnTime
    sum.closedAhead += right.closedAhead
    sum.actualDays += right.actualDays
    sum.withLegalLimit += right.withLegalLimit
    sum.legalDays += right.legalDays
    sum.daysAhead += right.daysAhead
    sum.openPastDue += right.openPastDue
    return sum
  }
}
