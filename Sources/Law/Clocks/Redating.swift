package import Kernel

/// What a new calendar did to the due day of a running clock: the record for the journal.
///
/// - Source: docs/rules/terms.md, rule T21 (re-dating)
package struct Redating: Sendable, Hashable {
  /// The due day before.
  package let oldDue: Day

  /// The due day from now on.
  package let newDue: Day

  /// The day that the new calendar alone would give, in case it was not made to stand.
  package let reckonedDue: Day

  /// The day of the re-dating.
  package let today: Day

  /// The clock from now on.
  package let clock: TermClock

  /// The names of the calendar's revisions that are new.
  package let revisions: [String]

  /// Whether the due day is held so that the case is not overdue in retrospect.
  package var isHeld: Bool { newDue != reckonedDue }

  /// Whether the due day moves; a day that is held may stay where it was.
  package var isMoved: Bool { newDue != oldDue }

  /// The record in a sentence.
  package var summary: Bilingual {
    let names = revisions.joined(separator: ", ")
    var text =
      isMoved
      ? Bilingual(
        zh: "工作日历更新（\(names)），截止日期由\(oldDue)调整为\(newDue)。",
        en: "A new calendar (\(names)) moves the due day from \(oldDue) to \(newDue)."
      )
      : Bilingual(
        zh: "工作日历更新（\(names)），截止日期仍为\(oldDue)。",
        en: "A new calendar (\(names)) leaves the due day at \(oldDue)."
      )
    if isHeld {
      text.zh += "按新日历应为\(reckonedDue)，但不使在办件事后逾期。"
      text.en += " It alone would give \(reckonedDue), but no case becomes overdue in retrospect."
    }
    return text
  }
}

extension TermClock {
  /// Re-dates the clock of a running case for a new calendar, earlier or later.
  ///
  /// A due day that lies before today already never moves to an earlier day, and one that does
  /// not never moves to before today.
  ///
  /// - Parameters:
  ///   - old: The calendar until now.
  ///   - new: The calendar from now on.
  ///   - today: The day of the re-dating.
  ///   - isClosed: Whether the case is closed; such a case does not move.
  /// - Returns: nil if nothing changes. A record whose due day stays must be kept as well, since
  ///   its clock is held from now on.
  /// - Source: docs/rules/terms.md, rule T21 (re-dating)
  package func redated(
    from old: WorkCalendar,
    to new: WorkCalendar,
    today: Day,
    isClosed: Bool
  ) -> Redating? {
    guard !isClosed else { return nil }
    let oldDue = reckoned(in: old, asOf: today).due
    let reckonedDue = reckoned(in: new, asOf: today).due
    guard reckonedDue != oldDue else { return nil }
    let floor = min(oldDue, new.workingDay(onOrAfter: today))
    let clock =
      reckonedDue >= floor
      ? self
      : Self(
        start: start,
        term: term,
        pauses: pauses,
        extension: grantedExtension,
        heldUntil: floor
      )
    return Redating(
      oldDue: oldDue,
      newDue: clock.reckoned(in: new, asOf: today).due,
      reckonedDue: reckonedDue,
      today: today,
      clock: clock,
      revisions: new.revisions.filter { !old.revisions.contains($0) }.map(\.name)
    )
  }
}
