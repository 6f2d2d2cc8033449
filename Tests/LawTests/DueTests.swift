import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct DueTests {
  static let examples = TextTable(
    columns: 4,
    """
    # start      term change                 due
      2026-09-14 20wd -                      2026-10-16 # T1 T2 2.5 row 1: the calendar
      2026-09-14 8wd  -                      2026-09-23 # T2 2.5 row 2: Sunday 09-20 is day 5
      2026-04-29 5wd  -                      2026-05-09 # T2 2.5 row 3: a Saturday deadline
      2026-04-29 8wd  -                      2026-05-13 # T22 2.5 row 4: backdated promise
      2026-04-29 20wd -                      2026-05-29 # T22 2.5 row 4: backdated limit
      2026-05-13 8wd  -                      2026-05-25 # T23 2.5 row 5: from completion
      2026-05-11 8wd  -                      2026-05-21 # T9 2.5 row 6: before the expert review
      2026-05-11 8wd  2026-05-14..2026-05-25 2026-06-01 # T9 2.5 row 6: 7 working days stopped
      2026-01-12 45wd -                      2026-03-20 # T13 2.5 row 7: joint
      2026-01-12 45wd joint@2026-03-20       2026-04-13 # T13 2.5 row 7: with +15
      2025-09-24 10wd -                      2025-10-14 # T24 2.5 row 8: delivery
      2025-12-22 20wd -                      2026-01-20 # T2 2.5 row 9: two years' calendars
      2025-12-22 20wd single@2026-01-15      2026-02-03 # T13 2.5 row 9: with +10
      2014-01-24 8wd  -                      2014-02-10 # T2 2.5 row 10: 除夕 was worked
      2014-01-24 20wd -                      2014-02-26 # T2 2.5 row 10
      2026-03-02 60d  -                      2026-05-06 # T3 2.5 row 11: 05-01 is off
      2026-05-09 1wd  -                      2026-05-11 # T1 2.5 row 12: a make-up Saturday is day 0
      2026-09-14 8wd  2026-09-14..2026-09-16 2026-09-24 # T9 2.2: day 0 is never stopped
      2026-09-14 20wd 2026-10-20..2026-10-27 2026-10-16 # T10 2.2: a late pause heals no breach
      2026-09-30 3wd  -                      2026-10-10 # T14 2.2: working days may end later
      2026-09-30 7d   -                      2026-10-08 # T14 2.2: than natural days
      2026-09-14 10wd -                      2026-09-28 # T2 vector 6: the tolerated gap
      2026-09-30 1wd  -                      2026-10-08 # T2 5.5: contact after a bad rating
      2026-09-30 5wd  -                      2026-10-13 # T2 5.5: its rectification
      2026-01-31 1m   -                      2026-02-28 # T4 no 31st: the last day
      2026-09-02 1m   -                      2026-10-08 # T4 T3 a month that ends on a holiday
      2026-11-30 3m   -                      2027-03-01 # T4 T6 over the year's end, onto a Sunday
      2026-03-02 3m   2026-03-10..2026-03-20 2026-06-12 # T4 T9 natural days are stopped
      2026-03-02 60d  2026-03-10..2026-03-20 2026-05-11 # T3 T9 natural days are stopped
      2026-10-04 0    -                      2026-10-04 # T8 on the spot, even on a holiday
      2026-09-14 8wd  2026-09-23..2026-09-28 2026-09-28 # T10 a pause on the due day counts
      2026-09-14 8wd  2026-09-24..2026-09-28 2026-09-23 # T10 one that begins a day later does not
      2026-09-14 8wd  2026-09-23..2026-09-28,2026-09-28..2026-10-08 2026-10-08 # T10 one after one
      2026-09-14 8wd  2026-09-16..2026-09-16 2026-09-23 # T9 a pause of no day stops nothing
      2026-09-14 8wd  2026-09-01..2026-09-10 2026-09-23 # T9 nor does one before the opening
      2026-09-14 8wd  single@2026-09-23      2026-10-14 # T13 granted on the due day
      2026-09-14 8wd  single@2026-09-24      2026-09-23 # T13 granted too late
      2026-03-02 60d  single@2026-05-06      2026-05-19 # T13 working days after natural ones
      2026-03-02 60d  2026-05-05..2026-05-08 2026-05-08 # T3 T9 no end while it stands still
    """
  )

  @Test(arguments: examples.rows) func `the due day`(_ row: TextTable.Row) throws {
    let clock = TermClock(
      start: try Reading.day(row.columns[0]),
      term: try Reading.term(row.columns[1]),
      pauses: try Reading.pauses(row.columns[2]),
      extension: try Reading.granted(row.columns[2])
    )
    let reckoning = clock.reckoned(in: try Reading.calendar.get(), asOf: clock.start)
    #expect(reckoning.due.description == row.columns[3])
  }

  static let open = TextTable(
    columns: 2,
    """
    # today      due
      2026-09-16 2026-09-23 # T12 as if it resumed on the day of its beginning
      2026-09-17 2026-09-24 # T12 one day later
      2026-09-20 2026-09-29 # T12 a pause over the make-up Sunday has not stopped it yet
      2026-09-15 2026-09-23 # T12 nobody knows of it yet
      2026-10-08 2026-10-15 # T12 long
    """
  )

  @Test(arguments: open.rows) func `an open pause is taken to end today`(
    _ row: TextTable.Row
  ) throws {
    let clock = TermClock(
      start: try Reading.day("2026-09-14"),
      term: .workingDays(8),
      pauses: try Reading.pauses("2026-09-16..")
    )
    let today = try Reading.day(row.columns[0])
    let reckoning = clock.reckoned(in: try Reading.calendar.get(), asOf: today)
    #expect(reckoning.due.description == row.columns[1])
    #expect(reckoning.openPause != nil)
  }

  static let provisional = TextTable(
    columns: 4,
    """
    # start      term due        provisional
      2026-12-28 3wd  2026-12-31 no          # T6 within the last decreed year
      2026-12-28 4wd  2027-01-01 yes         # T6 vector 15: Monday to Friday is only assumed
      2026-12-01 60d  2027-02-01 yes         # T6 whether the last day is worked is assumed
      2006-12-29 1wd  2006-12-30 no          # T5 T6 named by the next decree
      2006-12-01 1wd  2006-12-04 yes         # T6 before the first decree
      2026-12-31 0    2026-12-31 no          # T8 on the spot asks no calendar
    """
  )

  @Test(arguments: provisional.rows) func `a due day of an undecreed year is provisional`(
    _ row: TextTable.Row
  ) throws {
    let clock = TermClock(
      start: try Reading.day(row.columns[0]),
      term: try Reading.term(row.columns[1])
    )
    let reckoning = clock.reckoned(in: try Reading.calendar.get(), asOf: clock.start)
    #expect(reckoning.due.description == row.columns[2])
    #expect(reckoning.isProvisional == (row.columns[3] == "yes"))
  }
}
