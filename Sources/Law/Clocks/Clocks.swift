package import Kernel

/// The two clocks of a case: the legal limit and the promise.
///
/// - Source: docs/rules/terms.md, rule T14 (Administrative Licensing Law 42 and 45)
package struct Clocks: Sendable, Hashable {
  /// The legal clock; nil if the item has no legal limit.
  package let legal: Reckoning?

  /// The promise by itself; nil if the item makes none.
  package let promise: Reckoning?

  /// Works out the clocks of a case.
  ///
  /// - Parameters:
  ///   - days: When the events that open a term happened.
  ///   - legal: The legal limit; nil for none.
  ///   - promise: The promise; nil for none.
  ///   - ledger: The special procedures of the case.
  ///   - granted: The extension of the case.
  ///   - legalHeldUntil: What re-dating promised for the legal clock.
  ///   - promiseHeldUntil: What re-dating promised for the promise.
  ///   - calendar: The working days.
  ///   - today: When an open suspension is taken to end.
  package init(
    days: StartDays,
    legal: Limit?,
    promise: Limit?,
    ledger: SuspensionLedger = SuspensionLedger(),
    extension granted: Extension? = nil,
    legalHeldUntil: Day? = nil,
    promiseHeldUntil: Day? = nil,
    calendar: WorkCalendar,
    asOf today: Day
  ) {
    func reckoning(_ limit: Limit?, _ kind: ClockKind, _ heldUntil: Day?) -> Reckoning? {
      limit.map { limit in
        TermClock(
          start: days[limit.startEvent],
          term: limit.term,
          pauses: ledger.pauses(of: kind),
          extension: granted,
          heldUntil: heldUntil
        )
        .reckoned(in: calendar, asOf: today)
      }
    }
    self.legal = reckoning(legal, .legal, legalHeldUntil)
    self.promise = reckoning(promise, .promise, promiseHeldUntil)
  }

  /// The last day of the legal limit; nil if there is none.
  package var legalDue: Day? { legal?.due }

  /// The promised day, which is never later than the legal one; nil if there is neither.
  package var promiseDue: Day? {
    [promise?.due, legal?.due].compactMap(\.self).min()
  }

  /// Whether one of the due days rests on a year that no decree covers.
  package var isProvisional: Bool {
    legal?.isProvisional == true || promise?.isProvisional == true
  }

  /// The clock by which the case is watched: the promise, or the legal limit where there is none.
  package var watched: Reckoning? { promise ?? legal }

  /// Returns the warnings of both clocks in the order of time, lower levels first.
  ///
  /// A service writes a timer for each of them.
  ///
  /// - Source: docs/rules/terms.md, rules T17 (levels) and T18 (pauses)
  package func warnings(in legalTime: LegalTime) -> [Warning] {
    var warnings: [Warning] = []
    if let watched, let due = promiseDue {
      warnings += watched.warnings(of: .promise, dueOn: due, in: legalTime)
    }
    if let legal { warnings += legal.warnings(of: .legal, in: legalTime) }
    return warnings.sorted { ($0.instant, $0.level) < ($1.instant, $1.level) }
  }

  /// Returns the light of the case at an instant.
  ///
  /// - Source: docs/rules/terms.md, rules T17 (levels) and T18 (pauses)
  package func level(at instant: Instant, in legalTime: LegalTime) -> Level {
    let reached = warnings(in: legalTime).filter { $0.instant <= instant }
    let highest = reached.map(\.level).max() ?? .green
    guard highest < .red, let watched, watched.isPaused(on: legalTime.day(of: instant)) else {
      return highest
    }
    let staleFrom = watched.openPause?.planned.map { legalTime.end(of: $0) }
    return staleFrom.map { $0 <= instant } == true ? .yellow : .grey
  }
}
