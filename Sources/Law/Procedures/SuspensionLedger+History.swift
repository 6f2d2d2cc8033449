package import Kernel

extension SuspensionLedger {
  /// A ledger as it stood when a due day was worked out, and the day on which that was.
  package struct Moment: Sendable, Hashable {
    /// The suspensions that were known.
    package let ledger: SuspensionLedger
    /// When an open one was taken to end.
    package let asOf: Day
  }

  /// Every moment at which a stored due day may have been worked out, the most likely first.
  ///
  /// A clock that runs is worked out again with each change of the ledger, so it has seen all of
  /// it; only an open suspension leaves open on which of its days that was. A clock that was closed
  /// has not seen what came later, nor perhaps the end of the suspension in which it was closed.
  ///
  /// - Parameters:
  ///   - isClosed: Whether the clock was closed.
  ///   - today: The last day that counts.
  /// - Returns: At least one moment.
  package func moments(isClosed: Bool, until today: Day) -> [Moment] {
    var moments = Self.days(of: suspensions, until: today)
    guard isClosed else { return moments }
    for count in stride(from: suspensions.count, through: 0, by: -1) {
      var known = Array(suspensions.prefix(count))
      moments += Self.days(of: known, until: today)
      guard let last = known.last, let end = last.resume else { continue }
      known[count - 1].resume = nil
      moments += Self.days(of: known, until: end)
    }
    return moments
  }

  private static func days(of suspensions: [Suspension], until today: Day) -> [Moment] {
    let ledger = Self(suspensions)
    guard let open = ledger.open else { return [Moment(ledger: ledger, asOf: today)] }
    let last = max(open.stop, today)
    return (0...last.days(since: open.stop)).map {
      Moment(ledger: ledger, asOf: open.stop.advanced(byDays: $0))
    }
  }
}
