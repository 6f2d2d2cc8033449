package import Kernel
package import Law

/// How a clock stands: all that is derived from its term, its pauses and the calendar.
///
/// - Source: docs/rules/monitoring.md, rules M1 and M2
package struct Standing: Sendable, Hashable {
  /// The clock by itself.
  package let reckoning: Reckoning
  /// The last day; for a promise never later than that of the legal limit.
  package let due: Day
  /// Whether it rests on a year without a decree.
  package let isProvisional: Bool
  /// The day from which it is yellow, or the due day if it never is.
  package let yellowOn: Day
  /// The day from which it is red, or purple for a legal limit.
  package let lateOn: Day
  /// The first day of the open pause that stops it; nil if it runs.
  package let pausedFrom: Day?
  /// The planned last day of that pause.
  package let plannedEnd: Day?
  /// What it will tell of, in the order of time; nothing behind the beginning of an open pause.
  package let notices: [Notice]

  /// Works a clock out.
  ///
  /// An open pause is taken to last no day, so that the due day stays while it lasts.
  ///
  /// - Parameters:
  ///   - watched: Which clock.
  ///   - clock: Its term, without pauses.
  ///   - legal: The legal clock beside a promise; nil for other clocks.
  ///   - ledger: The special procedures of the case.
  ///   - calendar: The working days.
  ///   - legalTime: The hall's legal time.
  package init(
    _ watched: Watched,
    clock: TermClock,
    legal: TermClock? = nil,
    ledger: SuspensionLedger,
    calendar: WorkCalendar,
    in legalTime: LegalTime
  ) {
    let pauses = watched.pausedAs.map { ledger.pauses(of: $0) } ?? []
    let asOf = pauses.last { $0.resume == nil }?.stop ?? clock.start
    let own = clock.with(pauses: pauses).reckoned(in: calendar, asOf: asOf)
    var due = own.due
    var isProvisional = own.isProvisional
    var warnings = own.warnings(of: watched == .legal ? .legal : .step, in: legalTime)
    if watched == .promise, let legal {
      let both = Clocks(
        days: StartDays(accepted: clock.start, received: legal.start),
        legal: Limit(legal.term, from: .received),
        promise: Limit(clock.term),
        ledger: ledger,
        legalHeldUntil: legal.heldUntil,
        promiseHeldUntil: clock.heldUntil,
        calendar: calendar,
        asOf: asOf
      )
      due = both.promiseDue ?? due
      isProvisional = both.isProvisional
      warnings = both.warnings(in: legalTime).filter { $0.kind == .promise }
    }
    let open = own.openPause
    if let open {
      // That a pause has become stale is an alert of its own kind.
      let stop = legalTime.start(of: open.stop)
      warnings.removeAll { $0.instant >= stop }
    }
    reckoning = own
    self.due = due
    self.isProvisional = isProvisional
    notices = Notice.all(
      watched,
      warnings,
      start: clock.start,
      calendar: calendar,
      in: legalTime
    )
    yellowOn = notices.first { $0.grade == .yellow }.map { legalTime.day(of: $0.instant) } ?? due
    lateOn = calendar.workingDay(after: due)
    pausedFrom = open?.stop
    plannedEnd = open?.planned
  }

  /// How much is left at the end of a day, in the unit of the term; negative when it is over.
  package func remaining(at day: Day) -> Int {
    reckoning.elapsed(at: due) - reckoning.elapsed(at: day)
  }
}

extension TermClock {
  /// The same clock with other pauses.
  package func with(pauses: [Pause]) -> Self {
    Self(
      start: start,
      term: term,
      pauses: pauses,
      extension: grantedExtension,
      heldUntil: heldUntil
    )
  }
}
