package import Kernel

extension CalendarRevision {
  /// What is wrong with a revision that somebody wants to import.
  package enum Fault: Sendable, Hashable {
    /// It has no name.
    case nameMissing
    /// Its decree has no title or no address.
    case decreeMissing
    /// It covers no year.
    case noYears
    /// It covers a year outside 1949 to 2199.
    case yearOutOfRange(Int)
    /// It names a day twice.
    case dayTwice(Day)
    /// It names a day more than a month away from every year that it covers.
    case dayFarFromYears(Day)
  }

  /// Every fault of the revision, in the order of the cases of ``Fault``, then of days.
  ///
  /// - Source: docs/rules/terms.md, rule T5 (the yearly notice of the State Council)
  package var faults: [Fault] {
    var faults: [Fault] = []
    if name.isEmpty { faults.append(.nameMissing) }
    if decree.title.isEmpty || decree.url.isEmpty { faults.append(.decreeMissing) }
    if years.isEmpty { faults.append(.noYears) }
    for year in years.sorted() where !(1949...2199).contains(year) {
      faults.append(.yearOutOfRange(year))
    }
    var seen: Set<Day> = []
    for day in days.map(\.day).sorted() where !seen.insert(day).inserted {
      faults.append(.dayTwice(day))
    }
    if !years.isEmpty {
      for day in seen.sorted() where !isNear(day) { faults.append(.dayFarFromYears(day)) }
    }
    return faults
  }

  private func isNear(_ day: Day) -> Bool {
    years.contains(day.year) || years.contains(day.advanced(byDays: 31).year)
      || years.contains(day.advanced(byDays: -31).year)
  }
}
