internal import Kernel
internal import Service
internal import Storage

/// Sets the re-dating of the cases of some open clocks for a new calendar, and itself for the next.
///
/// The clocks are taken by due day: what moves before its turn, because its case was re-dated or
/// for another reason, was reckoned by the new calendar when it did. The stamp is the calendar's
/// version; a subject that an older program wrote begins from the start. Each case has a timer of
/// its own, so that one that fails holds up no other.
func setRedatings(_ timer: TimerRow, _ writing: Writing) throws {
  // A calendar that cannot be read fails here, and not once for each case.
  _ = try writing.reading.book(version: timer.stamp)
  let clocks = try writing.transaction.clocks(
    ClockFilter(),
    hall: timer.hall,
    after: ClockFilter.Mark(timer.subject),
    limit: redatedAtOnce
  )
  var found: Set<String> = []
  for clock in clocks where clock.calendarVersion < timer.stamp {
    guard found.insert(clock.caseNumber).inserted else { continue }
    try writing.setRedating(
      of: clock.caseNumber,
      for: CalendarVersion(timer.stamp, since: timer.due)
    )
  }
  guard let last = clocks.last, clocks.count == redatedAtOnce else { return }
  try writing.setTimer(
    MonitoringTimer.redate,
    subject: ClockFilter.Mark(due: Int64(last.due.epochDay), id: last.id).text,
    stamp: timer.stamp,
    due: timer.due,
    isContinuation: true
  )
}

/// Re-dates the clocks of a case as of the instant at which the calendar came: after it, nothing is
/// reached by the calendar that it replaced.
func redateCase(_ timer: TimerRow, _ writing: Writing) throws {
  try writing.redate(timer.subject, through: timer.due)
}

extension Writing {
  /// Sets the timer that re-dates a case, if there is a calendar to do it for.
  func setRedating(of number: String, for calendar: CalendarVersion?) throws {
    guard let calendar else { return }
    try setTimer(
      MonitoringTimer.redateCase,
      subject: number,
      stamp: calendar.version,
      due: calendar.since
    )
  }

  /// Re-dates the open clocks of a case for each calendar that came by an instant, one after the
  /// other, each as of its own instant.
  fileprivate func redate(_ number: String, through instant: Instant) throws {
    while true {
      let open = try transaction.clocks(of: number, hall: call.hall).filter { $0.closedOn == nil }
      guard let oldest = open.map(\.calendarVersion).min(),
        let calendar = try transaction.calendar(after: oldest, by: instant, hall: call.hall)
      else { return }
      // Of one that an older program knew the timer alone says when it came.
      let since = calendar.hasReplaced ? calendar.since : instant
      try tellReached(open, by: since)
      try settle(number, asOf: since)
    }
  }

  /// Clocks of a case, re-dated first if a calendar holds already and their turn has not come yet.
  ///
  /// What comes after the calendar finds them as the calendar left them, although after a downtime
  /// entries are applied before the timers that re-date.
  ///
  /// - Source: docs/rules/monitoring.md, rule M4
  func redatedIfPending(_ clocks: [ClockRow]) throws -> [ClockRow] {
    func isPending(_ clock: ClockRow, _ held: CalendarVersion) -> Bool {
      clock.closedOn == nil && clock.calendarVersion < held.version
    }
    guard let number = clocks.first?.caseNumber,
      let held = try transaction.calendar(at: call.now, hall: call.hall), held.hasReplaced,
      clocks.contains(where: { isPending($0, held) })
    else { return clocks }
    let open = try transaction.clocks(of: number, hall: call.hall).filter { $0.closedOn == nil }
    // One that cannot be re-dated is left to its timer. An entry that fails holds up all others,
    // so it is not to fail where nothing else needs that calendar.
    guard try open.allSatisfy({ try reading.keeps(calendar: $0.calendarVersion) }) else {
      return clocks
    }
    try redate(number, through: call.now)
    let redated = try transaction.clocks(of: number, hall: call.hall)
    return clocks.map { clock in redated.first { $0.id == clock.id } ?? clock }
  }
}

extension Reading {
  /// Whether a version of the calendar can be read.
  fileprivate func keeps(calendar version: Int64) throws -> Bool {
    do {
      _ = try book(version: version)
      return true
    } catch is Refusal {
      return false
    }
  }
}

/// How many clocks are looked at in one step of the service.
private let redatedAtOnce = 50

extension ClockFilter.Mark {
  /// The mark of a text as ``text`` writes it; nil for any other.
  init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map { Int64($0) }
    guard parts.count == 2, let due = parts[0], let id = parts[1] else { return nil }
    self.init(due: due, id: id)
  }

  /// Due day and number.
  var text: String { "\(due) \(id)" }
}
