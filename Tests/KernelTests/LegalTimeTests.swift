import Kernel
import TestSupport
import Testing

@Suite struct LegalTimeTests {
  static let known = TextTable(
    columns: 4,
    """
    # unixMs       offset  day         text
      1789347600000  28800  2026-09-14  2026-09-14T09:00:00+08:00  # a morning in Beijing
      1789315200000  28800  2026-09-14  2026-09-14T00:00:00+08:00  # midnight belongs to its day
      1789315199999  28800  2026-09-13  2026-09-13T23:59:59+08:00  # a millisecond before does not
      0              28800  1970-01-01  1970-01-01T08:00:00+08:00  # the epoch
      -28800001      28800  1969-12-31  1969-12-31T23:59:59+08:00  # before the epoch
      0                  0  1970-01-01  1970-01-01T00:00:00+00:00  # UTC
      0             -12600  1969-12-31  1969-12-31T20:30:00-03:30  # west of UTC, with minutes
    """
  )

  @Test(arguments: known.rows) func `the day and the text of an instant`(
    _ row: TextTable.Row
  ) throws {
    let instant = Instant(unixMilliseconds: try #require(Int64(row.columns[0])))
    let legalTime = LegalTime(offsetSeconds: try #require(Int64(row.columns[1])))
    #expect(legalTime.day(of: instant).description == row.columns[2])
    #expect(legalTime.text(instant) == row.columns[3])
  }

  @Test(arguments: 0..<100) func `a day begins and ends within itself`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let day = Day(epochDay: .random(in: -30_000...60_000, using: &random))
    let legalTime = LegalTime(offsetSeconds: .random(in: -50_400...50_400, using: &random))
    #expect(legalTime.day(of: legalTime.start(of: day)) == day)
    let last = legalTime.end(of: day).advanced(byMilliseconds: -1)
    #expect(legalTime.day(of: last) == day)
    #expect(legalTime.end(of: day) == legalTime.start(of: day.advanced(byDays: 1)))
    #expect(legalTime.end(of: day).milliseconds(since: legalTime.start(of: day)) == 86_400_000)
  }

  @Test func `an offset of more than 14 hours is a programmer's error`() async {
    await #expect(processExitsWith: .failure) { _ = LegalTime(offsetSeconds: 50_401) }
  }
}
