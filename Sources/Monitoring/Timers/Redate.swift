internal import Kernel
internal import Service
internal import Storage

/// Has the cases of some open clocks re-dated for a new calendar, and sets itself for the next.
///
/// The clocks are taken by due day: what moves before its turn, because its case was re-dated or
/// for another reason, was reckoned by the new calendar when it did. The stamp is the calendar's
/// version: a still newer calendar begins from the start, as does a subject that an older program
/// wrote. Each case has a timer of its own, so that one that fails holds up no other.
func redateCases(_ timer: TimerRow, _ writing: Writing) throws {
  let calendar = try writing.transaction.calendarInForce(hall: timer.hall)
  guard calendar?.version == timer.stamp else { return }
  let clocks = try writing.transaction.clocks(
    ClockFilter(),
    hall: timer.hall,
    after: ClockFilter.Mark(timer.subject),
    limit: redatedAtOnce
  )
  var found: Set<String> = []
  for clock in clocks where clock.calendarVersion != timer.stamp {
    guard found.insert(clock.caseNumber).inserted else { continue }
    try writing.setTimer(
      MonitoringTimer.redateCase,
      subject: clock.caseNumber,
      stamp: timer.stamp,
      due: timer.due
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
  let calendar = try writing.transaction.calendarInForce(hall: timer.hall)
  guard calendar?.version == timer.stamp else { return }
  try writing.settle(timer.subject, asOf: timer.due)
}

extension Writing {
  /// Clocks of a case, re-dated first if a calendar holds already and their turn has not come yet.
  ///
  /// What comes after the calendar finds them as the calendar left them, although after a downtime
  /// entries are applied before the timers that re-date.
  ///
  /// - Source: docs/rules/monitoring.md, rule M4
  func redatedIfPending(_ clocks: [ClockRow]) throws -> [ClockRow] {
    guard let number = clocks.first?.caseNumber,
      let calendar = try transaction.calendarInForce(hall: call.hall),
      let since = calendar.since, since <= call.now,
      clocks.contains(where: { $0.closedOn == nil && $0.calendarVersion != calendar.version })
    else { return clocks }
    try settle(number, asOf: since)
    let redated = try transaction.clocks(of: number, hall: call.hall)
    return clocks.map { clock in redated.first { $0.id == clock.id } ?? clock }
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
