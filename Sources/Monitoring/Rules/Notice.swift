package import Kernel
internal import Law

/// What a clock will tell of at an instant, if nothing happens before.
package struct Notice: Sendable, Hashable {
  /// The part of the reminder that goes to the clerks alone, a day before yellow.
  package static let clerk = "clerk"

  /// How grave.
  package let grade: Grade
  /// ``clerk`` for that reminder, which has the grade in common with what follows; else empty.
  package let part: String
  /// When: 00:00 of a day.
  package let instant: Instant

  private init(_ grade: Grade, part: String = "", at instant: Instant) {
    self.grade = grade
    self.part = part
    self.instant = instant
  }

  /// The notices of a clock in the order of time: its warnings, and for the five days of
  /// acceptance the clerks' reminder on the third.
  ///
  /// Chief and hall are told on the fourth and the fifth, by the levels of these days.
  ///
  /// - Parameters:
  ///   - watched: Which clock.
  ///   - warnings: What the clock warns of.
  ///   - start: Day 0.
  ///   - calendar: The working days.
  ///   - legalTime: The hall's legal time.
  /// - Returns: Them; none for what alarms nobody.
  /// - Source: docs/rules/terms.md, rules T17 and T22
  static func all(
    _ watched: Watched,
    _ warnings: [Warning],
    start: Day,
    calendar: WorkCalendar,
    in legalTime: LegalTime
  ) -> [Self] {
    var notices = warnings.compactMap { warning in
      Grade(warning.level).map { Self($0, at: warning.instant) }
    }
    guard watched == .receipt, let first = notices.first else { return notices }
    let receipt = ReceiptClock(submitted: nil, received: start, calendar: calendar, in: legalTime)
    if let reminder = receipt.reminders.first(where: { $0.recipient == .clerk }),
      reminder.instant < first.instant
    {
      notices.insert(Self(.yellow, part: clerk, at: reminder.instant), at: 0)
    }
    return notices
  }
}
