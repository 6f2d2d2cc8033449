internal import Kernel
internal import Law
internal import Service
internal import Storage

/// The kinds of monitoring's timers.
enum MonitoringTimer {
  /// A level of a clock is reached; the subject is the clock's number in the store.
  static let level = "level"
  /// The planned end of a special procedure is over; the subject is its number in the store.
  static let stalePause = "stale-pause"
  /// Cases are to be re-dated for a new calendar; the subject is a mark of the clock behind which
  /// to go on.
  static let redate = "redate"
  /// A case is re-dated for a new calendar; the subject is its number.
  static let redateCase = "redate-case"
}

/// A clock reaches a level: the alert names the instant of the law, however late it is found.
func levelReached(_ timer: TimerRow, _ writing: Writing) throws {
  let store = writing.transaction
  guard let id = Int64(timer.subject), let clock = try store.clock(id),
    clock.closedOn == nil, clock.stamp == timer.stamp
  else { return }
  // A calendar that is newer than the clock held already: the timer that re-dates the clock is
  // pending. It tells what was reached before that calendar came and sets the timer of the rest.
  let held = try store.calendar(at: timer.due, hall: timer.hall)
  guard let held, clock.calendarVersion >= held.version else { return }
  let book = try writing.reading.book(version: clock.calendarVersion)
  let legal = try store.clocks(of: clock.caseNumber, hall: timer.hall)
    .first { $0.watched == .legal && $0.closedOn == nil }
  let standing = writing.reading.standing(
    of: clock,
    legal: legal?.clock,
    ledger: try writing.reading.ledger(of: clock.caseNumber),
    book: book
  )
  if let notice = standing.notices.first(where: { $0.instant == timer.due }) {
    try writing.raise(notice, of: clock)
  }
  // Older programs set a timer for each level at once: that of a later one may have fired before.
  guard let reached = clock.nextAt, reached <= timer.due else { return }
  let next = standing.notices.first { $0.instant > timer.due }?.instant
  let light = clock.light(on: writing.call.legalTime.day(of: timer.due))
  try store.updateLight(of: id, light, nextAt: next)
  if let next { try store.setTimer(again: timer, due: next) }
}

extension Writing {
  /// Raises the alert of a clock that has reached what it tells of.
  func raise(_ notice: Notice, of clock: ClockRow) throws {
    let (grade, instant) = (notice.grade, notice.instant)
    let matter = try transaction.watchedCase(clock.caseNumber, hall: call.hall)
    let duty = try reading.duty(for: matter, clock.watched, taskId: clock.taskId)
    let told = RecipientRule.of(clock.watched, grade, part: notice.part)?.recipients ?? []
    try raise(
      Finding(
        key: clock.key(notice),
        // A due day that moved warns again, but not of a time before it moved.
        time: max(instant, clock.revisedAt ?? instant),
        due: clock.due,
        itemCode: clock.itemCode,
        departmentCode: clock.departmentCode,
        duty: duty,
        taskId: clock.taskId,
        recipients: try reading.names(of: told, duty),
        text: AlertText.warning(clock.watched, grade, due: clock.due)
      )
    )
  }
}
