package import Kernel

/// A clock worked out on a calendar: when it is due, and how it stands on any day.
///
/// - Source: docs/rules/terms.md, rules T3 (Civil Code 203), T10 and T16 (elapsed and remaining)
package struct Reckoning: Sendable, Hashable {
  /// What it was worked out from.
  package let clock: TermClock

  /// The working days.
  package let calendar: WorkCalendar

  /// When an open pause was taken to end.
  package let today: Day

  /// The last day of the term; with an open pause the earliest that it can be.
  package let due: Day

  /// How many days count from the opening to the due day.
  package let total: Int

  /// Whether the due day rests on a year that no decree covers.
  ///
  /// - Source: docs/rules/terms.md, rule T6 (no decree yet)
  package let isProvisional: Bool

  init(of clock: TermClock, in calendar: WorkCalendar, asOf today: Day) {
    self.clock = clock
    self.calendar = calendar
    self.today = today
    var due = clock.start
    var total = 0
    var isProvisional = false
    for step in TermWalk(clock, in: calendar, asOf: today) {
      due = step.day
      total = step.number
      if step.consultedCalendar, calendar.isProvisional(step.day) { isProvisional = true }
    }
    self.due = due
    self.total = total
    self.isProvisional = isProvisional
  }

  var walk: TermWalk { TermWalk(clock, in: calendar, asOf: today) }

  /// Returns how many days have counted by the end of a day; never negative.
  ///
  /// After the due day every day of the term's unit counts, whatever pause began too late.
  package func elapsed(at day: Day) -> Int {
    if day > due { return total + overdue(at: day) }
    var elapsed = 0
    for step in walk {
      guard step.day <= day else { break }
      elapsed = step.number
    }
    return elapsed
  }

  /// Returns how many days are left at the end of a day; negative once the term is over.
  package func remaining(at day: Day) -> Int {
    total - elapsed(at: day)
  }

  /// Returns how many days the term is over at the end of a day, in its unit; 0 if it is not.
  package func overdue(at day: Day) -> Int {
    guard day > due else { return 0 }
    return clock.term.unit == .workingDay || clock.term.unit == .immediate
      ? calendar.workingDays(after: due, through: day)
      : day.days(since: due)
  }

  /// Returns how many working days were used up to the end of a day, less those stopped: the
  /// actual days of statistics, whatever the unit of the term.
  ///
  /// - Source: docs/rules/terms.md, rule T28 (statistics)
  package func workingDaysUsed(through day: Day) -> Int {
    var used = 0
    var next = clock.start.advanced(byDays: 1)
    while next <= day {
      if calendar.isWorkingDay(next), !isPaused(on: next) { used += 1 }
      next = next.advanced(byDays: 1)
    }
    return used
  }

  /// The pause that moves the due day and has no end yet.
  package var openPause: Pause? {
    clock.pauses.last { $0.resume == nil && $0.stop <= due }
  }

  /// Whether the clock stands still on a day.
  package func isPaused(on day: Day) -> Bool {
    clock.pauses.contains { pause in
      pause.stop <= due && pause.stop <= day && pause.resume.map { day < $0 } ?? true
    }
  }

  /// The first day, from the opening on, at whose end at most `days` of the `total` days up to
  /// some due day are left.
  func firstDay(with days: Int, leftOf total: Int) -> Day {
    guard total > days else { return clock.start }
    return walk.first { $0.number == total - days }?.day ?? due
  }
}
