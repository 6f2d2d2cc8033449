internal import Synchronization

/// How many bytes of bodies one server holds for all of its callers together, and for each source.
///
/// What one stream and one connection may hold is bounded beside it; without this bound the sum
/// would grow with the number of connections. The share of a source keeps one from taking the room
/// of all others.
final class MemoryAccount: Sendable {
  /// What became of a wish for room.
  enum Verdict {
    /// It is taken.
    case taken
    /// All callers together hold too much.
    case full
    /// The source holds too much.
    case greedy
  }

  private struct State {
    var used = 0
    var bySource: [String: Int] = [:]
  }

  private let limit: Int
  /// What one source may hold; nil where all callers are the house's own.
  private let share: Int?
  private let state = Mutex(State())

  init(limit: Int, share: Int? = nil) {
    self.limit = limit
    self.share = share
  }

  /// Takes so many bytes, or none of them.
  func take(_ count: Int, for source: String) -> Verdict {
    guard count > 0 else { return .taken }
    return state.withLock { state in
      guard state.used + count <= limit else { return .full }
      if let share {
        let held = state.bySource[source, default: 0] + count
        guard held <= share else { return .greedy }
        state.bySource[source] = held
      }
      state.used += count
      return .taken
    }
  }

  /// Gives bytes back.
  func give(_ count: Int, for source: String) {
    guard count > 0 else { return }
    state.withLock { state in
      state.used -= count
      guard share != nil, let held = state.bySource[source] else { return }
      state.bySource[source] = held > count ? held - count : nil
    }
  }
}
