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
  /// Counts by the hash of a name: a flood of names fills no memory and makes none forgotten.
  private struct Counters {
    private var counts = [UInt8](repeating: 0, count: IntakeLimits.wrongCodeCounters)

    /// The count of a name; it may be set.
    subscript(name: String) -> Int {
      get { Int(counts[Self.place(name)]) }
      set { counts[Self.place(name)] = UInt8(clamping: newValue) }
    }

    private static func place(_ name: String) -> Int {
      // The seed of the hash is the process's own, and nobody learns it.
      Int(UInt(bitPattern: name.hashValue) % UInt(IntakeLimits.wrongCodeCounters))
    }
  }

  private struct State {
    var day: Day
    var numbers = Counters()
    var sources = Counters()
  }

  private let state = Mutex<State?>(nil)

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
      guard let state, state.day == day else { return false }
      return state.numbers[number] >= IntakeLimits.wrongCodesPerNumber
        || state.sources[source] >= IntakeLimits.wrongCodesPerSource
    }
  }

  /// Counts a wrong code.
  package func failed(_ number: String, _ source: String, on day: Day) {
    state.withLock { state in
      // A call of yesterday that comes late takes nothing from today's counts.
      if let known = state?.day, day < known { return }
      if state?.day != day { state = State(day: day) }
      state?.numbers[number] += 1
      state?.sources[source] += 1
    }
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String) {
    state.withLock { $0?.numbers[number] = 0 }
  }
}
