package import Kernel
package import Law

/// The two clocks of an accepted application, worked out from what is kept of it.
///
/// The due days beside them in the store are for lists and events; this is where they come from.
///
/// - Source: docs/rules/intake.md, rule I8; docs/rules/terms.md, rules T7 and T14
package struct CaseClocks: Sendable, Hashable {
  /// When the events that open a term happened.
  package let days: StartDays
  /// Both clocks.
  package let clocks: Clocks
  /// What opens the legal limit.
  package let startEvent: StartEvent

  /// Works the clocks out.
  ///
  /// - Parameters:
  ///   - accepted: The day of acceptance.
  ///   - received: When it was handed in or received, whichever was first.
  ///   - completed: When the last gap of a notice was closed; nil if there was none.
  ///   - legal: The legal limit; nil for none.
  ///   - startEvent: What opens the legal limit; the promise always runs from acceptance.
  ///   - promise: The promise; nil for none.
  ///   - suspensions: The special procedures so far.
  ///   - calendar: The working days.
  ///   - today: When an open suspension is taken to end.
  package init(
    accepted: Day,
    received: Day,
    completed: Day?,
    legal: Term?,
    startEvent: StartEvent,
    promise: Term?,
    suspensions: [Suspension] = [],
    calendar: WorkCalendar,
    asOf today: Day
  ) {
    days = StartDays(accepted: accepted, received: received, complete: completed ?? received)
    self.startEvent = startEvent
    clocks = Clocks(
      days: days,
      legal: legal.map { Limit($0, from: startEvent) },
      promise: promise.map { Limit($0) },
      ledger: SuspensionLedger(suspensions),
      calendar: calendar,
      asOf: today
    )
  }

  /// Day 0 of the legal limit.
  package var legalStart: Day { days[startEvent] }

  /// The clock that gives the promised day: the promise, or the legal limit where that ends
  /// earlier or there is no promise.
  package var promised: Reckoning? {
    let due = clocks.promiseDue
    return clocks.promise?.due == due ? clocks.promise : clocks.legal
  }
}
