package import Kernel
package import Law
package import Messages

// Between the contract's messages and the law's values. Both sides are closed sets, so what does
// not fit is a fault of whoever wrote it, and answers nil.

extension Term {
  /// The term of a message; nil if it is none.
  package init?(_ message: CommonV1.Term?) {
    guard let message else { return nil }
    let unit: Unit
    switch message.unit {
    case .workingDay: unit = .workingDay
    case .naturalDay: unit = .naturalDay
    case .month: unit = .month
    case .immediate: unit = .immediate
    case .unspecified, .unrecognized: return nil
    }
    self.init(Int(message.amount), unit)
  }

  /// The term as a message.
  package var message: CommonV1.Term {
    let unit: CommonV1.TermUnit =
      switch unit {
      case .workingDay: .workingDay
      case .naturalDay: .naturalDay
      case .month: .month
      case .immediate: .immediate
      }
    return CommonV1.Term(amount: UInt32(amount), unit: unit)
  }
}

extension StartEvent {
  /// The start event of a message; acceptance if it names none.
  package init(_ message: CommonV1.StartEvent) {
    switch message {
    case .received: self = .received
    case .complete: self = .complete
    case .accepted, .unspecified, .unrecognized: self = .accepted
    }
  }
}

extension SpecialProcedure {
  /// The procedure of a message; nil if it names none.
  package init?(_ message: CommonV1.SpecialProcedureKind) {
    switch message {
    case .hearing: self = .hearing
    case .tender: self = .tender
    case .auction: self = .auction
    case .inspection: self = .inspection
    case .testing: self = .testing
    case .quarantine: self = .quarantine
    case .appraisal: self = .appraisal
    case .expertReview: self = .expertReview
    case .siteVisit: self = .siteVisit
    case .publicNotice: self = .publicNotice
    case .rectification: self = .rectification
    case .meeting: self = .meeting
    case .governmentApproval: self = .governmentApproval
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension WorkCalendar {
  /// The calendar of an import file, whose revisions stand in the order of their decrees.
  package init(_ file: CatalogueV1.CalendarFile) {
    self.init(revisions: file.revisions.map(CalendarRevision.init))
  }
}

extension CalendarRevision {
  /// The revision of a message.
  ///
  /// Days that are none are left out; an import has refused them.
  package init(_ message: CatalogueV1.CalendarRevision) {
    self.init(
      name: message.name,
      decree: Decree(
        title: message.decrees.map(\.title).joined(separator: "；"),
        url: message.decrees.first?.url ?? ""
      ),
      years: Set(message.years.map(Int.init)),
      days: message.days.compactMap { day in
        Day(iso: day.date).map {
          NamedDay(day: $0, kind: day.kind == .work ? .work : .off, occasion: day.occasion)
        }
      }
    )
  }
}

extension Reckoning {
  /// The due day as a message.
  ///
  /// - Parameter byDay: Whether to explain day by day.
  /// - Returns: The message.
  package func message(byDay: Bool) -> CommonV1.DueDate {
    remembered(isByDay: byDay) { words(byDay: byDay) }
  }

  fileprivate func words(byDay: Bool) -> CommonV1.DueDate {
    let summary = summary
    return CommonV1.DueDate(
      dueOn: due.description,
      provisional: isProvisional,
      summaryZh: summary.zh,
      summaryEn: summary.en,
      days: byDay ? explanation.lines.map(\.message) : []
    )
  }
}

extension TermClock {
  /// The due day as a message, worked out only if the calendar does not remember it.
  ///
  /// - Parameters:
  ///   - calendar: The working days.
  ///   - today: When an open pause is taken to end.
  ///   - byDay: Whether to explain day by day.
  /// - Returns: The message.
  package func message(
    in calendar: WorkCalendar,
    asOf today: Day,
    byDay: Bool
  ) -> CommonV1.DueDate {
    remembered(in: calendar, asOf: today, isByDay: byDay) { $0.words(byDay: byDay) }
  }
}

extension Explanation.Line {
  /// The day as a message.
  package var message: CommonV1.ExplainedDay {
    CommonV1.ExplainedDay(
      day: day.description,
      counted: isCounted,
      number: UInt32(number ?? 0),
      reasonZh: reason.zh,
      reasonEn: reason.en,
      decree: decree?.title ?? ""
    )
  }
}
