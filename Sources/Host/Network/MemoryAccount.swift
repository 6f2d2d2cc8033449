internal import Synchronization

/// How many bytes of bodies one server holds for all of its callers together, and for each source.
///
/// What one stream and one connection may hold is bounded beside it; without this bound the sum
/// would grow with the number of connections. The share of a source keeps one from taking the room
/// of all others.
final class MemoryAccount: Sendable {
  private struct State {
    var used = 0
    var bySource: [String: Int] = [:]

    mutating func add(_ count: Int, for source: String, _ share: Int?) -> Bool {
      if let share {
        let held = bySource[source, default: 0] + count
        guard held <= share else { return false }
        bySource[source] = held
      }
      used += count
      return true
    }
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
  func take(_ count: Int, for source: String) -> Bool {
    count <= 0
      || state.withLock { state in
        state.used + count <= limit && state.add(count, for: source, share)
      }
  }

  /// Counts bytes that are there already, however much all callers hold together.
  ///
  /// Whoever asks while others hold too much does not pay for them.
  ///
  /// - Returns: false if the source holds more than its share by them; then none is counted, and
  ///   they must go.
  func count(_ count: Int, for source: String) -> Bool {
    count <= 0 || state.withLock { $0.add(count, for: source, share) }
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
