import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct ReckoningTests {
  static let standing = TextTable(
    columns: 6,
    """
    # term pauses                 at         elapsed remaining overdue
      8wd  -                      2026-09-13 0       8         0       # T16 before the opening
      8wd  -                      2026-09-14 0       8         0       # T1 T16 day 0 does not count
      8wd  -                      2026-09-20 5       3         0       # T16 a make-up Sunday does
      8wd  -                      2026-09-23 8       0         0       # T16 all at the due day
      8wd  -                      2026-09-27 9       -1        1       # T16 one working day late
      8wd  2026-09-16..2026-09-21 2026-09-18 1       7         0       # T9 T16 it stands still
      8wd  2026-09-16..2026-09-21 2026-09-21 2       6         0       # T9 T16 it runs again
      8wd  2026-09-24..2026-09-30 2026-09-30 12      -4        4       # T10 T16 in vain
      10d  -                      2026-09-20 6       4         0       # T16 natural days
      11d  -                      2026-09-25 10      1         0       # T16 a last day off
      11d  -                      2026-09-28 11      0         0       # T3 T16 is counted later
      11d  -                      2026-09-30 13      -2        2       # T16 natural days late
      0    -                      2026-09-14 0       0         0       # T8 T16 on the spot
      0    -                      2026-09-16 2       -2        2       # T8 T16 and two days late
    """
  )

  @Test(arguments: standing.rows) func `how a clock stands`(_ row: TextTable.Row) throws {
    let reckoning = TermClock(
      start: try Reading.day("2026-09-14"),
      term: try Reading.term(row.columns[0]),
      pauses: try Reading.pauses(row.columns[1])
    )
    .reckoned(in: try Reading.calendar.get(), asOf: try Reading.day("2026-09-14"))
    let day = try Reading.day(row.columns[2])
    #expect(String(reckoning.elapsed(at: day)) == row.columns[3])
    #expect(String(reckoning.remaining(at: day)) == row.columns[4])
    #expect(String(reckoning.overdue(at: day)) == row.columns[5])
  }

  static let used = TextTable(
    columns: 4,
    """
    # term pauses                 decided    used
      8wd  -                      2026-09-14 0    # T28 on the same day
      8wd  -                      2026-09-23 8    # T28 as many as the term at its due day
      8wd  2026-09-16..2026-09-21 2026-09-21 2    # T28 stopped days do not count
      8wd  2026-09-24..2026-09-30 2026-09-30 12   # T10 T28 a late pause saves nothing
      60d  -                      2026-09-21 6    # T28 working days, also of a natural-day term
    """
  )

  @Test(arguments: used.rows) func `the working days that a decision took`(
    _ row: TextTable.Row
  ) throws {
    let reckoning = TermClock(
      start: try Reading.day("2026-09-14"),
      term: try Reading.term(row.columns[0]),
      pauses: try Reading.pauses(row.columns[1])
    )
    .reckoned(in: try Reading.calendar.get(), asOf: try Reading.day("2026-09-14"))
    let used = reckoning.workingDaysUsed(through: try Reading.day(row.columns[2]))
    #expect(String(used) == row.columns[3])
  }
}
