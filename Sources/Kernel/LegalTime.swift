/// The legal time of a hall: a fixed offset from UTC.
///
/// Never a time zone of the system: a statically linked program was seen to answer nil for
/// Asia/Shanghai without a word, and China has had one offset all year since 1992.
package struct LegalTime: Sendable, Hashable {
  /// What is added to UTC.
  ///
  /// - Unit: seconds, -50,400 to 50,400.
  package let offsetSeconds: Int64

  package init(offsetSeconds: Int64) {
    precondition(abs(offsetSeconds) <= 50_400, "No place on earth is further than 14 h from UTC.")
    self.offsetSeconds = offsetSeconds
  }

  /// Beijing time, UTC+08:00.
  package static let beijing = Self(offsetSeconds: 8 * 3600)

  private static let millisecondsPerDay: Int64 = 86_400_000

  /// The civil day on which an instant falls.
  package func day(of instant: Instant) -> Day {
    let local = instant.unixMilliseconds + offsetSeconds * 1000
    let days = local / Self.millisecondsPerDay
    return Day(epochDay: Int32(local % Self.millisecondsPerDay < 0 ? days - 1 : days))
  }

  /// 00:00 of a day, which is 24:00 of the day before.
  package func start(of day: Day) -> Instant {
    Instant(
      unixMilliseconds: Int64(day.epochDay) * Self.millisecondsPerDay - offsetSeconds * 1000
    )
  }

  /// 24:00 of a day: the instant at which a term that ends on it is over.
  package func end(of day: Day) -> Instant {
    start(of: day.advanced(byDays: 1))
  }

  /// The instant as RFC 3339 text with seconds, for example `2026-09-14T09:00:00+08:00`.
  package func text(_ instant: Instant) -> String {
    let day = day(of: instant)
    let second = instant.milliseconds(since: start(of: day)) / 1000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let sign = offsetSeconds < 0 ? "-" : "+"
    let zone = "\(sign)\(two(abs(offsetSeconds) / 3600)):\(two(abs(offsetSeconds) / 60 % 60))"
    return "\(day)T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))\(zone)"
  }
}
