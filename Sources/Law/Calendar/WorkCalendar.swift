package import Kernel

/// Which days are working days: Monday to Friday, but for what the decrees say.
///
/// A value, never a look-up: the revisions are data that the caller supplies. Asking about a day
/// costs one bit of a set, so counting a term costs nanoseconds a day.
///
/// - Source: docs/rules/terms.md, rules T2 (Administrative Licensing Law 82), T5 and T6
package struct WorkCalendar: Sendable, Hashable {
  /// Where a day is named: the index of its revision and its kind and occasion.
  private struct Naming: Sendable, Hashable {
    var revision: Int
    var named: CalendarRevision.NamedDay
  }

  /// All that a calendar holds, shared by its copies: it is handed from clock to clock.
  private final class Contents: Sendable {
    let revisions: [CalendarRevision]
    /// For each covered year the index of the revision in force.
    let revisionOfYear: [Int: Int]
    let namings: [Day: Naming]
    let working: DaySet
    let decreed: DaySet
    let memory = CalendarMemory()

    init(
      _ revisions: [CalendarRevision],
      _ revisionOfYear: [Int: Int],
      _ namings: [Day: Naming]
    ) {
      self.revisions = revisions
      self.revisionOfYear = revisionOfYear
      self.namings = namings
      let years = Set(namings.keys.map(\.year)).union(revisionOfYear.keys)
      working = DaySet(years: years) { day in
        namings[day].map { $0.named.kind == .work } ?? (day.weekday <= 5)
      }
      decreed = DaySet(years: years) { day in
        namings[day] != nil || revisionOfYear[day.year] != nil
      }
    }
  }

  private let contents: Contents

  /// The revisions in the order in which they were decreed; a later one replaces the years it
  /// covers.
  package var revisions: [CalendarRevision] { contents.revisions }

  /// What was said of days by this calendar before.
  var memory: CalendarMemory { contents.memory }

  /// A calendar of revisions in the order in which they were decreed.
  package init(revisions: [CalendarRevision]) {
    var revisionOfYear: [Int: Int] = [:]
    for (index, revision) in revisions.enumerated() {
      for year in revision.years { revisionOfYear[year] = index }
    }
    var namings: [Day: Naming] = [:]
    for (index, revision) in revisions.enumerated() {
      for named in revision.days {
        // A day of December that the next year's decree names falls with that decree.
        guard let home = revision.home(of: named.day), revisionOfYear[home] == index else {
          continue
        }
        namings[named.day] = Naming(revision: index, named: named)
      }
    }
    contents = Contents(revisions, revisionOfYear, namings)
  }

  package static func == (one: Self, other: Self) -> Bool {
    one.contents === other.contents || one.revisions == other.revisions
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(revisions)
  }

  /// Whether the day is a working day.
  package func isWorkingDay(_ day: Day) -> Bool {
    contents.working[day] ?? (day.weekday <= 5)
  }

  /// Whether no decree speaks of the day yet, so that Monday to Friday is only assumed.
  ///
  /// - Source: docs/rules/terms.md, rule T6 (no decree yet)
  package func isProvisional(_ day: Day) -> Bool {
    !(contents.decreed[day] ?? false)
  }

  /// Returns the first working day after `day`.
  package func workingDay(after day: Day) -> Day {
    var next = day.advanced(byDays: 1)
    while !isWorkingDay(next) { next = next.advanced(byDays: 1) }
    return next
  }

  /// Returns `day` if it is a working day, and otherwise the first one after it.
  package func workingDay(onOrAfter day: Day) -> Day {
    isWorkingDay(day) ? day : workingDay(after: day)
  }

  /// Returns how many working days lie after `earlier` up to and including `later`; 0 if none.
  package func workingDays(after earlier: Day, through later: Day) -> Int {
    var count = 0
    var day = earlier
    while day < later {
      day = day.advanced(byDays: 1)
      if isWorkingDay(day) { count += 1 }
    }
    return count
  }

  /// Returns why a day is a working day or not, and who says so.
  ///
  /// - Source: docs/rules/terms.md, rules T2 (Administrative Licensing Law 82), T5 and T6
  package func explain(_ day: Day) -> DayExplanation {
    let naming = contents.namings[day]
    let isWeekend = day.weekday > 5
    let nature: DayExplanation.Nature =
      switch (naming?.named.kind, isWeekend) {
      case (.off, _): .holiday
      case (.work, true): .makeUp
      case (.work, false), (nil, false): .weekday
      case (nil, true): .weekend
      }
    let revision = naming?.revision ?? contents.revisionOfYear[day.year]
    return DayExplanation(
      day: day,
      nature: nature,
      occasion: naming?.named.occasion,
      decree: revision.map { revisions[$0].decree },
      isProvisional: isProvisional(day)
    )
  }
}
