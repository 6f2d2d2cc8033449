package import Kernel

/// The silence of a consulted department, which counts as consent once its term is over.
///
/// Only an opinion can be replaced by silence, never a department's own licence.
///
/// - Source: docs/rules/terms.md, rule T26 (local rules on tacit consent)
package struct TacitConsent: Sendable, Hashable {
  /// The last day on which the department can answer.
  package let due: Day

  /// The day from whose first instant its silence counts as consent: a working day.
  package let tacitOn: Day

  /// The consent of a department that was asked on a day.
  package init(asked: Day, term: Term = .consultation, in calendar: WorkCalendar) {
    due = TermClock(start: asked, term: term).reckoned(in: calendar, asOf: asked).due
    tacitOn = calendar.workingDay(after: due)
  }
}
