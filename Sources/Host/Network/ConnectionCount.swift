internal import Synchronization

/// The connections of one server over all of its loops, in all and by the address they come from.
final class ConnectionCount: Sendable {
  /// What becomes of a connection that was accepted.
  enum Verdict {
    /// It may stay.
    case welcome
    /// There are too many; it may stay if an idle one goes.
    case crowded
    /// Its source has too many.
    case greedy
  }

  private struct State {
    var total = 0
    /// How many of them were cut and have not left yet.
    var leaving = 0
    var bySource: [String: Int] = [:]
  }

  private let limit: Int
  private let perSource: Int
  private let state = Mutex(State())

  init(_ limits: ServerLimits) {
    limit = limits.connections
    perSource = limits.connectionsPerSource
  }

  /// Counts one more, unless its source has too many.
  ///
  /// Who is told that it is crowded and turns the connection away calls ``leave(_:)``.
  func enter(_ source: String) -> Verdict {
    state.withLock { state in
      guard state.bySource[source, default: 0] < perSource else { return .greedy }
      state.bySource[source, default: 0] += 1
      state.total += 1
      return state.total - state.leaving <= limit ? .welcome : .crowded
    }
  }

  /// Whether there are more than there may be.
  var isCrowded: Bool { state.withLock { $0.total - $0.leaving > limit } }

  /// Notes that so many were cut to make room, and will leave.
  func expect(leaving count: Int) {
    state.withLock { $0.leaving += count }
  }

  /// Counts one less.
  func leave(_ source: String) {
    state.withLock { state in
      state.total -= 1
      state.leaving = max(0, state.leaving - 1)
      let rest = (state.bySource[source] ?? 1) - 1
      state.bySource[source] = rest > 0 ? rest : nil
    }
  }
}
