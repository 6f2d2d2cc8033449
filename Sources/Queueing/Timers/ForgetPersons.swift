internal import Kernel
internal import Service
internal import Storage

/// Forgets at the end of a day who drew its tickets: no ticket lives longer than its day.
///
/// - Source: docs/rules/queueing.md, rule Q13
enum ForgetPersons {
  static let kind = "forget-persons"

  /// Sets the timer for a day.
  ///
  /// Each letter's first ticket sets one; a second one finds nothing.
  static func set(for day: Day, _ writing: Writing) throws {
    try writing.setTimer(
      kind,
      subject: day.description,
      stamp: 0,
      due: writing.call.legalTime.end(of: day)
    )
  }

  /// Forgets the persons of the timer's day.
  static func fire(_ timer: TimerRow, _ writing: Writing) throws {
    guard let day = Day(iso: timer.subject) else { return }
    try writing.transaction.forgetPersons(hall: timer.hall, day: day)
  }
}
