internal import Kernel

/// A set of days as bits, for the span of years of which anything is known.
struct DaySet: Sendable, Hashable {
  private let first: Int
  private let count: Int
  private var words: [UInt64]

  /// The days for which `contains` holds, from the first to the last of the years.
  init(years: Set<Int>, where contains: (Day) -> Bool) {
    guard let firstYear = years.min(), let lastYear = years.max(),
      let first = Day(year: firstYear, month: 1, day: 1),
      let last = Day(year: lastYear, month: 12, day: 31)
    else {
      self.first = 0
      count = 0
      words = []
      return
    }
    self.first = Int(first.epochDay)
    count = last.days(since: first) + 1
    words = Array(repeating: 0, count: (count + 63) / 64)
    for offset in 0..<count where contains(first.advanced(byDays: offset)) {
      words[offset / 64] |= 1 << UInt64(offset % 64)
    }
  }

  /// Whether the set holds the day; nil outside of the span.
  subscript(day: Day) -> Bool? {
    let offset = Int(day.epochDay) - first
    guard offset >= 0, offset < count else { return nil }
    return words[offset / 64] >> UInt64(offset % 64) & 1 == 1
  }
}
