internal import Kernel
internal import Law

/// When silence counts as consent.
///
/// - Source: docs/rules/terms.md, rule T26; docs/rules/approval.md, rule A7
enum Silence {
  /// The instant from which silence on a task counts as consent: 00:00 of the first working day
  /// after the due day, so that 24:00 of the due day has passed.
  static func consents(
    after due: Day,
    in calendar: WorkCalendar,
    _ legalTime: LegalTime
  ) -> Instant {
    legalTime.start(of: calendar.workingDay(after: due))
  }
}

/// The planned end of a special procedure.
enum PlannedEnd {
  /// Why a planned end is refused.
  enum Fault: Sendable, Hashable, CaseIterable {
    /// It lies before today.
    case past
    /// It lies beyond the longest time that the item names.
    case tooLate
    /// It lies further ahead than any, and the item names no longest time.
    case tooFar
  }

  /// How many years ahead it may lie where the item names no longest time.
  static let mostYears = 3

  /// What is wrong with a planned last day, or nil.
  ///
  /// - Source: docs/rules/approval.md, rule A8 (handbook 2.4)
  static func fault(
    of planned: Day,
    today: Day,
    longest: Term?,
    in calendar: WorkCalendar
  ) -> Fault? {
    guard planned >= today else { return .past }
    guard let longest else {
      return planned <= today.advanced(byMonths: 12 * mostYears) ? nil : .tooFar
    }
    let latest = TermClock(start: today, term: longest).reckoned(in: calendar, asOf: today).due
    return planned <= latest ? nil : .tooLate
  }
}

extension PlannedEnd.Fault {
  /// The fault in words.
  var text: Bilingual {
    switch self {
    case .past: Bilingual(zh: "不得早于今天", en: "must not lie before today")
    case .tooLate:
      Bilingual(zh: "超过该事项规定的最长时间", en: "lies beyond the longest time of the item")
    case .tooFar:
      Bilingual(
        zh: "不得晚于今天起\(PlannedEnd.mostYears)年",
        en: "lies more than \(PlannedEnd.mostYears) years ahead"
      )
    }
  }
}
