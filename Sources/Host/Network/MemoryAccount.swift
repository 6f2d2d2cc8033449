internal import Synchronization

/// How many bytes of bodies one server holds for all of its callers together.
///
/// What one stream and one connection may hold is bounded beside it; without this bound the sum
/// would grow with the number of connections.
final class MemoryAccount: Sendable {
  private let limit: Int
  private let used = Atomic(0)

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes so many bytes; false, and nothing is taken, if there is no room for them.
  func take(_ count: Int) -> Bool {
    guard used.wrappingAdd(count, ordering: .relaxed).newValue <= limit else {
      give(count)
      return false
    }
    return true
  }

  /// Gives bytes back.
  func give(_ count: Int) {
    used.wrappingSubtract(count, ordering: .relaxed)
  }
}
