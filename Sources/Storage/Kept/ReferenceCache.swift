internal import Synchronization

/// The decoded references of a store, those that are not there among them.
///
/// They are of one epoch: each commit that changed a reference begins another one, with an empty
/// cache. References change when the catalogue does, so nearly every look-up spares a query.
final class ReferenceCache: Sendable {
  struct Key: Hashable, Sendable {
    var hall: String
    var kind: String
    var id: String
    /// Nil for the latest.
    var version: Int64?
  }

  /// What was found once.
  enum Known {
    /// There is none.
    case nothing
    /// It is a ``Decoded`` value.
    case value(any AnyObject & Sendable)
  }

  /// A value that is kept, in a box: to copy an item would count dozens of references.
  final class Decoded<T: Sendable>: Sendable {
    let value: T

    init(_ value: T) {
      self.value = value
    }
  }

  private struct State {
    var epoch: Int64 = 0
    /// Whether a commit is under way that changes references, so that nobody knows which it is.
    var isChanging = false
    var values: [Key: Known] = [:]
  }

  private let state = Mutex(State())

  /// The present epoch; nil while it changes.
  var epoch: Int64? { state.withLock { $0.isChanging ? nil : $0.epoch } }

  /// What is known of a reference, and in which epoch; nil while it changes.
  func find(_ key: Key) -> (known: Known?, epoch: Int64)? {
    state.withLock { $0.isChanging ? nil : ($0.values[key], $0.epoch) }
  }

  /// Keeps what was found, if the epoch in which it was found still lasts.
  func keep(_ known: sending Known, _ key: Key, epoch: Int64) {
    state.withLock { state in
      guard !state.isChanging, state.epoch == epoch else { return }
      if state.values.count >= Limits.decodedReferences {
        state.values.removeAll(keepingCapacity: true)
      }
      state.values[key] = known
    }
  }

  /// Says that a commit begins which changes references.
  func beginChange() {
    state.withLock { $0.isChanging = true }
  }

  /// Says that it has ended, whatever became of it.
  func endChange() {
    state.withLock { state in
      state.epoch += 1
      state.values.removeAll()
      state.isChanging = false
    }
  }
}
