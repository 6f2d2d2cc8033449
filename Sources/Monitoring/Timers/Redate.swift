internal import Service
internal import Storage

/// Re-dates the open clocks of some cases for a new calendar, and sets itself for the next ones.
///
/// The stamp is the calendar's version: a still newer calendar begins from the start.
func redateClocks(_ timer: TimerRow, _ writing: Writing) throws {
  guard try writing.transaction.calendarVersion(hall: timer.hall) == timer.stamp else { return }
  let numbers = try writing.transaction.casesWithOpenClocks(
    after: timer.subject,
    limit: 50,
    hall: timer.hall
  )
  // As of the calendar's instant: after it, nothing is reached by the calendar that it replaced.
  for number in numbers { try writing.settle(number, asOf: timer.due) }
  guard let last = numbers.last else { return }
  try writing.setTimer(MonitoringTimer.redate, subject: last, stamp: timer.stamp, due: timer.due)
}
