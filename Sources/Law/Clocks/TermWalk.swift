internal import Kernel

/// The days of a term, one after the other, from the day after its opening to its due day.
///
/// The one place where days are counted: due days, elapsed days, levels and explanations are all
/// read off this walk.
///
/// - Source: docs/rules/terms.md, rules T1 to T4 (Civil Code 201 to 203), T9, T10 and T13
struct TermWalk: Sequence, IteratorProtocol {
  /// A day of the walk.
  struct Step {
    var day: Day
    /// How many days are counted up to and including this one.
    var number: Int
    var verdict: Verdict
    /// Whether it mattered that the day is a working day or not.
    var consultedCalendar: Bool
  }

  /// Why a day counts or does not.
  enum Verdict: Hashable {
    case counted
    case paused(SpecialProcedure?)
    case dayOff
    /// A natural-day term may not end on a day off.
    case cannotEnd
    /// Re-dating promised that the term would not end yet.
    case held
  }

  private let calendar: WorkCalendar
  private let pauses: [Pause]
  private let today: Day
  private let heldUntil: Day?
  private var pendingExtension: Extension?
  private var countsWorkingDays: Bool
  private var day: Day
  private var left: Int
  private var number = 0
  private var nextPause = 0

  init(_ clock: TermClock, in calendar: WorkCalendar, asOf today: Day) {
    self.calendar = calendar
    self.today = today
    pauses = clock.pauses
    heldUntil = clock.heldUntil
    pendingExtension = clock.grantedExtension
    countsWorkingDays = clock.countsWorkingDays
    day = clock.start
    left = clock.length
  }

  mutating func next() -> Step? {
    if left == 0 {
      // An extension or a pause that begins after the due day heals no breach: for the pause
      // that follows from the walk's end, which never reaches it.
      guard let granted = pendingExtension, granted.grantedOn <= day else { return nil }
      pendingExtension = nil
      countsWorkingDays = true
      left = granted.kind.workingDays
    }
    day = day.advanced(byDays: 1)
    // The last day of any term must be worked, and every day of a term in working days.
    let mustBeWorked = countsWorkingDays || left == 1
    let verdict = verdict(mustBeWorked: mustBeWorked)
    if verdict == .counted {
      left -= 1
      number += 1
    }
    return Step(day: day, number: number, verdict: verdict, consultedCalendar: mustBeWorked)
  }

  private mutating func verdict(mustBeWorked: Bool) -> Verdict {
    while nextPause < pauses.count, pauses[nextPause].resume(asOf: today) <= day {
      nextPause += 1
    }
    if nextPause < pauses.count, pauses[nextPause].stop <= day {
      return .paused(pauses[nextPause].procedure)
    }
    if mustBeWorked, !calendar.isWorkingDay(day) {
      return countsWorkingDays ? .dayOff : .cannotEnd
    }
    // Where an extension follows, it is the extended term that is held.
    let isExtended = pendingExtension.map { $0.grantedOn <= day } ?? false
    if left == 1, let heldUntil, day < heldUntil, !isExtended { return .held }
    return .counted
  }
}
