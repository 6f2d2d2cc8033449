package import Kernel

/// The clock of an answer to what was received: five working days, and silence accepts.
///
/// - Source: docs/rules/terms.md, rule T22 (Administrative Licensing Law 32)
package struct ReceiptClock: Sendable, Hashable {
  /// Who is reminded on which day.
  package enum Recipient: Sendable, Hashable, CaseIterable {
    /// On the third working day.
    case clerk
    /// On the fourth.
    case chiefRepresentative
    /// On the fifth, the last.
    case hall
  }

  /// A reminder that is sent if nobody has answered.
  package struct Reminder: Sendable, Hashable {
    /// To whom.
    package let recipient: Recipient

    /// The number of the working day, 3 to 5.
    package let number: Int

    /// When: 00:00 of that day.
    package let instant: Instant
  }

  /// The five working days.
  package let reckoning: Reckoning

  private let legalTime: LegalTime

  /// The clock of an application.
  ///
  /// Receiving an online application later never restarts it. Complete materials that come after
  /// a correction notice open a clock of their own on the day of their supply.
  ///
  /// - Parameters:
  ///   - submitted: When it entered the named system; nil if it came to a window.
  ///   - received: When a window received it.
  ///   - calendar: The working days.
  ///   - legalTime: The hall's legal time.
  package init(
    submitted: Day?,
    received: Day,
    calendar: WorkCalendar,
    in legalTime: LegalTime
  ) {
    let start = submitted.map { min($0, received) } ?? received
    reckoning = TermClock(start: start, term: .receipt).reckoned(in: calendar, asOf: start)
    self.legalTime = legalTime
  }

  /// The last day on which the hall can answer.
  package var due: Day { reckoning.due }

  /// When the application counts as accepted if nobody has answered: 24:00 of the due day.
  package var deemedAt: Instant { legalTime.end(of: due) }

  /// The day as of which it then counts as accepted: the day on which it was received.
  package var deemedAcceptedOn: Day { reckoning.clock.start }

  /// The reminders in the order of time.
  package var reminders: [Reminder] {
    reckoning.walk.compactMap { step in
      guard step.verdict == .counted, step.number >= 3 else { return nil }
      let recipients = Recipient.allCases
      return Reminder(
        recipient: recipients[step.number - 3],
        number: step.number,
        instant: legalTime.start(of: step.day)
      )
    }
  }
}
