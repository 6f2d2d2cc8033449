package import Kernel

extension Reckoning {
  /// The warnings of the clock in the order of time, lower levels first.
  ///
  /// While a pause is open nothing after its beginning can be dated, except that it may become
  /// stale; so only what lies before it is returned, and yellow for 24:00 of its planned end.
  ///
  /// - Parameters:
  ///   - kind: Which clock this is: a legal one warns purple, the others yellow, orange and red.
  ///   - legalTime: The hall's legal time.
  /// - Returns: Three warnings, or one of a legal clock, or fewer while a pause is open.
  /// - Source: docs/rules/terms.md, rules T15 (24:00), T17 (levels), T18 (pauses) and T19 (steps)
  package func warnings(of kind: ClockKind, in legalTime: LegalTime) -> [Warning] {
    warnings(of: kind, dueOn: due, in: legalTime)
  }

  /// The warnings of a clock that another clock cuts short on `due`.
  func warnings(of kind: ClockKind, dueOn due: Day, in legalTime: LegalTime) -> [Warning] {
    let late = calendar.workingDay(after: due)
    var days: [(level: Level, day: Day)] =
      kind == .legal
      ? [(.purple, late)]
      : [(.yellow, dayOfYellow(dueOn: due)), (.orange, due), (.red, late)]
    // A higher level that is reached on the same day says all.
    days = days.filter { lower in
      !days.contains { $0.day == lower.day && $0.level > lower.level }
    }
    if let open = openPause {
      days.removeAll { $0.day >= open.stop }
      if kind != .legal, let planned = open.planned {
        days.append((.yellow, planned.advanced(byDays: 1)))
      }
    }
    return days.map { level, day in
      Warning(
        level: level,
        kind: kind,
        instant: legalTime.start(of: day),
        due: due,
        dueInstant: legalTime.end(of: due)
      )
    }
  }

  /// The first day with at most a fifth of the unextended term left, rounded up, or one day.
  private func dayOfYellow(dueOn due: Day) -> Day {
    firstDay(
      with: max(1, (clock.length + 4) / 5),
      leftOf: due < self.due ? elapsed(at: due) : total
    )
  }
}
