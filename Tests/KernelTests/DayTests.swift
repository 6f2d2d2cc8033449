import Kernel
import TestSupport
import Testing

@Suite struct DayTests {
  static let known = TextTable(
    columns: 3,
    """
    # date     epochDay  weekday
      1970-01-01        0  4  # the epoch is a Thursday
      1969-12-31       -1  3  # the day before it
      2000-02-29    11016  2  # a leap day of a century that 400 divides
      1900-03-01   -25508  4  # 1900 was no leap year
      0001-01-01  -719162  1  # the first day
      9999-12-31  2932896  5  # the last day
      2026-09-14    20710  1  # a Monday
      2026-09-20    20716  7  # a Sunday
    """
  )

  @Test(arguments: known.rows) func `a known day`(_ row: TextTable.Row) throws {
    let day = try #require(Day(iso: row.columns[0]))
    #expect(String(day.epochDay) == row.columns[1])
    #expect(String(day.weekday) == row.columns[2])
    #expect(day.description == row.columns[0])
  }

  @Test(arguments: [
    "2026-02-29", "1900-02-29", "2026-04-31", "2026-00-01", "2026-13-01", "2026-01-00",
    "2026-1-01", "2026-01-1", "26-01-01", "2026/01/01", "2026-01-01 ", "+026-01-01",
    "0000-01-01", "", "２０２６-01-01",
  ])
  func `a text that is no day`(_ text: String) {
    #expect(Day(iso: text) == nil)
  }

  @Test func `every day of 800 years follows the day before it`() throws {
    var day = try #require(Day(year: 1600, month: 1, day: 1))
    let end = try #require(Day(year: 2400, month: 1, day: 1))
    #expect(end.days(since: day) == 292_194)
    while day < end {
      let next = day.advanced(byDays: 1)
      let (year, month, number) = day.civil
      let isLast = number == Day.lengthOfMonth(year: year, month: month)
      let expected =
        isLast
        ? Day(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
        : Day(year: year, month: month, day: number + 1)
      if expected != next || next.weekday != day.weekday % 7 + 1 {
        Issue.record("\(day) is followed by \(next)")
      }
      day = next
    }
  }

  static let months = TextTable(
    columns: 3,
    """
    # from      months  to
      2026-01-31   1  2026-02-28  # the last day stands in for one that the month does not have
      2027-11-30   3  2028-02-29  # in a leap year too
      2026-03-31   1  2026-04-30  # a month of 30 days
      2026-12-15   1  2027-01-15  # over the year's end
      2026-02-28  12  2027-02-28  # a year
      2026-05-05   0  2026-05-05  # none
      9999-12-01   3  10000-03-01 # past the last year that can be written
    """
  )

  @Test(arguments: months.rows) func `the corresponding day of a later month`(
    _ row: TextTable.Row
  ) throws {
    let from = try #require(Day(iso: row.columns[0]))
    let months = try #require(Int(row.columns[1]))
    #expect(from.advanced(byMonths: months).description == row.columns[2])
  }
}
