package import Kernel
internal import Synchronization

/// Counts wrong query codes, so that six digits cannot be tried out.
///
/// It counts by application number, whether there is such an application or not, so that a lock
/// tells nothing; and by source. Counts end with the day, and with the process: what is lost at a
/// restart are some tries out of a million. A number can thus be locked for a day by who knows it
/// and wants that; its owner still sees the application with a token or at a window.
///
/// - Source: docs/rules/intake.md, rule I9
package final class LookupGuard: Sendable {
  private struct State {
    var day: Day?
    var numbers: [String: Int] = [:]
    var sources: [String: Int] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Says whether nothing is looked up any more, for the number or for the source.
  ///
  /// - Parameters:
  ///   - number: The hall and the number that is asked for.
  ///   - source: Who asks.
  ///   - day: The real day.
  /// - Returns: Whether the look-up is locked.
  package func isLocked(_ number: String, _ source: String, on day: Day) -> Bool {
    state.withLock { state in
      guard state.day == day else { return false }
      return state.numbers[number, default: 0] >= IntakeLimits.wrongCodesPerNumber
        || state.sources[source, default: 0] >= IntakeLimits.wrongCodesPerSource
    }
  }

  /// Counts a wrong code.
  package func failed(_ number: String, _ source: String, on day: Day) {
    state.withLock { state in
      if state.day != day { state = State(day: day) }
      Self.count(number, in: &state.numbers)
      Self.count(source, in: &state.sources)
    }
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String) {
    state.withLock { _ = $0.numbers.removeValue(forKey: number) }
  }

  private static func count(_ key: String, in counts: inout [String: Int]) {
    if counts[key] == nil, counts.count >= IntakeLimits.wrongCodesKept {
      // A flood of new names is forgotten before those that were tried again and again.
      counts = counts.filter { $0.value > 1 }
      if counts.count >= IntakeLimits.wrongCodesKept { return }
    }
    counts[key, default: 0] += 1
  }
}
