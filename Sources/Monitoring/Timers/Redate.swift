internal import Kernel
internal import Service
internal import Storage

/// Re-dates some open clocks for a new calendar, and sets itself for the next ones.
///
/// The clocks are taken by due day: what moves before its turn, because its case was re-dated or
/// for another reason, was reckoned by the new calendar when it did. The stamp is the calendar's
/// version: a still newer calendar begins from the start, as does a subject that an older program
/// wrote.
func redateClocks(_ timer: TimerRow, _ writing: Writing) throws {
  guard try writing.transaction.calendarVersion(hall: timer.hall) == timer.stamp else { return }
  let clocks = try writing.transaction.clocks(
    ClockFilter(),
    hall: timer.hall,
    after: ClockFilter.Mark(timer.subject),
    limit: redatedAtOnce
  )
  var settled: Set<String> = []
  // As of the calendar's instant: after it, nothing is reached by the calendar that it replaced.
  for clock in clocks where clock.calendarVersion != timer.stamp {
    guard settled.insert(clock.caseNumber).inserted else { continue }
    try writing.settle(clock.caseNumber, asOf: timer.due)
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
