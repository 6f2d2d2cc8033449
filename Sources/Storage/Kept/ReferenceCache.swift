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

    /// What differs most is compared first, and only that is hashed.
    static func == (one: Self, other: Self) -> Bool {
      one.version == other.version && one.id == other.id && one.kind == other.kind
        && one.hall == other.hall
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(id)
      hasher.combine(version)
    }
  }

  /// What was found once.
  enum Known {
    /// There is none.
    case nothing
    /// It is a ``Decoded`` value.
    case value(any AnyObject & Sendable)
  }

  /// A value that is kept, so that those of all types can stand side by side.
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
    /// What was found last: a service asks for the same few again and again, and to compare some
    /// keys costs less than to hash one.
    private var recent: [(key: Key, known: Known)] = []
    private var oldest = 0
    private static let mostRecent = 8

    mutating func find(_ key: Key) -> Known? {
      if let index = recent.firstIndex(where: { $0.key == key }) { return recent[index].known }
      guard let known = values[key] else { return nil }
      if recent.count < Self.mostRecent {
        recent.append((key, known))
      } else {
        recent[oldest] = (key, known)
        oldest = (oldest + 1) % Self.mostRecent
      }
      return known
    }

    mutating func keep(_ known: Known, _ key: Key) {
      if values.count >= Limits.decodedReferences { values.removeAll(keepingCapacity: true) }
      recent.removeAll(keepingCapacity: true)
      oldest = 0
      values[key] = known
    }

    mutating func forget() {
      values.removeAll(keepingCapacity: true)
      recent.removeAll(keepingCapacity: true)
      oldest = 0
    }
  }

  private let state = Mutex(State())

  /// The present epoch; nil while it changes.
  var epoch: Int64? { state.withLock { $0.isChanging ? nil : $0.epoch } }

  /// What is known of a reference, and in which epoch; nil while it changes.
  func find(_ key: Key) -> (known: Known?, epoch: Int64)? {
    state.withLock { $0.isChanging ? nil : ($0.find(key), $0.epoch) }
  }

  /// Keeps what was found, if the epoch in which it was found still lasts.
  func keep(_ known: sending Known, _ key: Key, epoch: Int64) {
    state.withLock { state in
      guard !state.isChanging, state.epoch == epoch else { return }
      state.keep(known, key)
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
      state.forget()
      state.isChanging = false
    }
  }
}
