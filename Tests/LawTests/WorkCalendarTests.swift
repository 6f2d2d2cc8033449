import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct WorkCalendarTests {
  static let days = TextTable(
    columns: 4,
    """
    # day       worked provisional nature
      2026-09-14 yes   no    weekday  # T2 a Monday
      2026-09-19 no    no    weekend  # T2 a Saturday
      2026-09-20 yes   no    makeUp   # T2 a Sunday that is worked
      2026-09-25 no    no    holiday  # T2 a Friday off
      2026-10-03 no    no    holiday  # T2 a Saturday of the National Day holiday
      2014-01-30 yes   no    weekday  # T5 New Year's Eve of 2014
      2006-12-30 yes   no    makeUp   # T5 a Saturday of December that the decree of 2007 names
      2018-12-29 yes   no    makeUp   # T5 named by the decree of 2019, worked
      2018-12-31 no    no    holiday  # T5 named by the decree of 2019, off
      2022-12-31 no    no    holiday  # T5 named by the decree of 2023
      2020-02-03 yes   no    weekday  # T5 a Monday that a decree says is worked
      2019-04-28 yes   no    makeUp   # T5 only the second decree of 2019 makes it work
      2020-01-31 no    no    holiday  # T5 only the second decree of 2020 makes it off
      2015-09-03 no    no    holiday  # T5 only the second decree of 2015 makes it off
      2027-01-01 yes   yes   weekday  # T6 no decree yet
      2027-01-02 no    yes   weekend  # T6 no decree yet
      2006-12-29 yes   yes   weekday  # T6 before the first decree
      1900-01-01 yes   yes   weekday  # T6 long before
    """
  )

  @Test(arguments: days.rows) func `a day is explained`(_ row: TextTable.Row) throws {
    let calendar = try Reading.calendar.get()
    let day = try Reading.day(row.columns[0])
    let explanation = calendar.explain(day)
    #expect(calendar.isWorkingDay(day) == (row.columns[1] == "yes"))
    #expect(explanation.isWorkingDay == calendar.isWorkingDay(day))
    #expect(calendar.isProvisional(day) == (row.columns[2] == "yes"))
    #expect(explanation.isProvisional == calendar.isProvisional(day))
    #expect("\(explanation.nature)" == row.columns[3])
    #expect((explanation.decree == nil) == explanation.isProvisional)
  }

  @Test func `an explanation names holiday and decree`() throws {
    let explanation = try Reading.calendar.get().explain(try Reading.day("2026-09-20"))
    #expect(explanation.occasion == "国庆节")
    #expect(explanation.text == Bilingual(zh: "国庆节调休上班", en: "a make-up working day (国庆节)"))
    #expect(explanation.decree?.title == "国务院办公厅关于2026年部分节假日安排的通知")
  }

  @Test func `the shipped data have no fault and cover 2007 to 2026`() throws {
    let revisions = try RealCalendar.revisions()
    #expect(revisions.flatMap(\.faults) == [])
    #expect(revisions.reduce(into: Set<Int>()) { $0.formUnion($1.years) } == Set(2007...2026))
    #expect(Set(revisions.map(\.name)).count == revisions.count)
  }

  /// Counted once from another calendar, chinesecalendar 1.11.0, which agrees on every day.
  @Test func `every year has as many working days as another calendar counts`() throws {
    let calendar = try Reading.calendar.get()
    let counts = try (2007...2026).map { year in
      try calendar.workingDays(
        after: #require(Day(year: year - 1, month: 12, day: 31)),
        through: #require(Day(year: year, month: 12, day: 31))
      )
    }
    #expect(counts == expectedWorkingDays)
  }

  private let expectedWorkingDays = [
    249, 251, 250, 250, 250, 249, 250, 250, 249, 250,
    249, 250, 250, 249, 250, 249, 249, 251, 248, 248,
  ]

  @Test func `explaining agrees with asking on every day of 22 years`() throws {
    let calendar = try Reading.calendar.get()
    let first = try Reading.day("2006-01-01")
    for offset in 0..<8035 {
      let day = first.advanced(byDays: offset)
      if calendar.explain(day).isWorkingDay != calendar.isWorkingDay(day) {
        Issue.record("\(day)")
      }
    }
  }

  @Test func `T5 a later revision replaces the years that it covers, with their Decembers`() throws
  {
    let revisions = try RealCalendar.revisions()
    let first = try #require(revisions.firstIndex { $0.name == "2019-1" })
    let before = WorkCalendar(revisions: Array(revisions[...first]))
    let after = WorkCalendar(revisions: revisions)
    let changed = try (0..<730).map { try Reading.day("2018-01-01").advanced(byDays: $0) }
      .filter { before.isWorkingDay($0) != after.isWorkingDay($0) }
    #expect(
      changed.map(\.description) == ["2019-04-28", "2019-05-02", "2019-05-03", "2019-05-05"]
    )
    let bare = CalendarRevision(
      name: "2019-3",
      decree: Decree(title: "made up", url: "https://example.org"),
      years: [2019],
      days: []
    )
    let replaced = WorkCalendar(revisions: revisions + [bare])
    #expect(replaced.explain(try Reading.day("2018-12-29")).nature == .weekend)
    #expect(replaced.explain(try Reading.day("2019-10-01")).nature == .weekday)
    #expect(replaced.explain(try Reading.day("2018-10-01")).nature == .holiday)
  }

  @Test func `T5 every fault of a revision is named`() throws {
    let day = try Reading.day("2026-01-01")
    let far = try Reading.day("2030-06-01")
    let revision = CalendarRevision(
      name: "",
      decree: Decree(title: "", url: "https://example.org"),
      years: [2026, 1900],
      days: [day, far, day].map { .init(day: $0, kind: .off, occasion: "") }
    )
    #expect(
      revision.faults == [
        .nameMissing, .decreeMissing, .yearOutOfRange(1900), .dayTwice(day), .dayFarFromYears(far),
      ]
    )
    let empty = CalendarRevision(
      name: "x",
      decree: Decree(title: "x", url: "x"),
      years: [],
      days: []
    )
    #expect(empty.faults == [.noYears])
  }

  @Test func `an empty calendar knows Monday to Friday, provisionally`() throws {
    let calendar = WorkCalendar(revisions: [])
    #expect(calendar.isWorkingDay(try Reading.day("2026-10-01")))
    #expect(!calendar.isWorkingDay(try Reading.day("2026-09-20")))
    #expect(calendar.isProvisional(try Reading.day("2026-10-01")))
  }
}
