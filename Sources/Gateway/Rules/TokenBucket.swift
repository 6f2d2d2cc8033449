internal import Kernel

/// A bucket that calls are taken from and that fills again at its rate.
///
/// - Source: docs/rules/door.md, D9.
struct TokenBucket: Sendable {
  private let rate: CallRate
  /// Thousandths of calls.
  private var level: Int64
  private var filledAt: Instant

  /// A full bucket.
  init(_ rate: CallRate, now: Instant) {
    self.rate = rate
    level = Int64(rate.burst) * 1_000
    filledAt = now
  }

  /// Takes one call.
  ///
  /// - Returns: nil, or after how many seconds there will be one, at least 1.
  mutating func take(now: Instant) -> Int? {
    fill(now)
    guard level < 1_000 else {
      level -= 1_000
      return nil
    }
    let milliseconds = (1_000 - level + Int64(rate.perSecond) - 1) / Int64(rate.perSecond)
    return Int((milliseconds + 999) / 1_000)
  }

  /// Whether nothing of it is used at an instant, so that a new one would be the same.
  func isFull(now: Instant) -> Bool {
    var copy = self
    copy.fill(now)
    return copy.level == Int64(rate.burst) * 1_000
  }

  private mutating func fill(_ now: Instant) {
    // One thousandth a millisecond is one call a second. A clock that was set back brings nothing.
    let passed = max(0, now.milliseconds(since: filledAt))
    let full = Int64(rate.burst) * 1_000
    let (gained, overflow) = passed.multipliedReportingOverflow(by: Int64(rate.perSecond))
    level = overflow ? full : min(full, level + min(gained, full))
    filledAt = now
  }
}
