package import Kernel

/// All that a due day is derived from, but for the calendar.
///
/// - Source: docs/rules/terms.md, rules T1 to T4 (Civil Code 201 to 203), T9, T10 and T13
package struct TermClock: Sendable, Hashable {
  /// The day of the event that opens the term: day 0.
  package let start: Day

  /// How long it runs.
  package let term: Term

  /// When it stands still, earliest first.
  package let pauses: [Pause]

  /// By what it is lengthened.
  package let grantedExtension: Extension?

  /// A day before which re-dating promised that the term would not end.
  package let heldUntil: Day?

  package init(
    start: Day,
    term: Term,
    pauses: [Pause] = [],
    extension granted: Extension? = nil,
    heldUntil: Day? = nil
  ) {
    self.start = start
    self.term = term
    self.pauses = pauses.sorted { $0.stop < $1.stop }
    grantedExtension = granted
    self.heldUntil = heldUntil
  }

  /// How many days of the clock's unit must pass, before any extension.
  ///
  /// Months become the natural days up to the corresponding day of the last month.
  ///
  /// - Source: docs/rules/terms.md, rule T4 (Civil Code 202)
  var length: Int {
    switch term.unit {
    case .workingDay, .naturalDay: term.amount
    case .month: start.advanced(byMonths: term.amount).days(since: start)
    case .immediate: 0
    }
  }

  /// Whether the clock counts working days alone.
  var countsWorkingDays: Bool { term.unit == .workingDay }

  /// Works the clock out on a calendar.
  ///
  /// - Parameters:
  ///   - calendar: The working days.
  ///   - today: When an open pause is taken to end, so that the due day is the earliest possible.
  /// - Returns: The due day and how the clock stands.
  package func reckoned(in calendar: WorkCalendar, asOf today: Day) -> Reckoning {
    Reckoning(of: self, in: calendar, asOf: today)
  }
}
