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
  /// Clocks are re-dated for a new calendar; the subject is the case behind which to go on.
  static let redate = "redate"
}

/// A clock reaches a level: the alert names the instant of the law, however late it is found.
func levelReached(_ timer: TimerRow, _ writing: Writing) throws {
  let store = writing.transaction
  guard let id = Int64(timer.subject), let clock = try store.clock(id),
    clock.closedOn == nil, clock.stamp == timer.stamp
  else { return }
  let book = try writing.reading.book()
  // The calendar is newer than the clock: the timer that re-dates it is pending. It tells what was
  // reached before the calendar came and sets the timer of the rest anew.
  guard clock.calendarVersion == book.version else { return }
  let open = try store.clocks(of: clock.caseNumber, hall: timer.hall)
    .filter { $0.closedOn == nil && $0.calendarVersion == book.version }
  let legal = open.first { $0.watched == .legal }?.clock
  let ledger = try writing.reading.ledger(of: clock.caseNumber)
  // What else the case reaches at this instant is told with it, by kind: of a promise and a limit
  // that are over on one day red comes before purple, whichever timer was set first.
  let reaching = open.filter { $0.nextAt == timer.due }
  for clock in reaching.isEmpty ? [clock] : reaching {
    let standing = writing.reading.standing(of: clock, legal: legal, ledger: ledger, book: book)
    try writing.tell(clock, standing, at: timer.due)
  }
}

extension Writing {
  /// Tells of the level that a clock has reached at an instant, and lets the next one wait.
  fileprivate func tell(_ clock: ClockRow, _ standing: Standing, at instant: Instant) throws {
    if let notice = standing.notices.first(where: { $0.instant == instant }) {
      try raise(notice, of: clock)
    }
    // A timer that was set beside this one, as older programs did for every level at once.
    guard clock.nextAt == instant else { return }
    var clock = clock
    clock.nextAt = standing.notices.first { $0.instant > instant }?.instant
    let light = clock.light(on: call.legalTime.day(of: instant))
    try transaction.updateLight(of: clock.id, light, nextAt: clock.nextAt)
    try setTimer(for: clock)
  }

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
