internal import Synchronization

/// The decoded references of a store.
///
/// Keys name the revision of a row, so an entry never grows stale; it is only not asked for again.
final class ReferenceCache: Sendable {
  struct Key: Hashable, Sendable {
    var hall: String
    var kind: String
    var id: String
    var version: Int64
    var revision: Int64
  }

  private let values = Mutex<[Key: any Sendable]>([:])

  func value<T>(_ key: Key, as type: T.Type) -> T? {
    values.withLock { $0[key] } as? T
  }

  func keep(_ value: some Sendable, _ key: Key) {
    values.withLock { values in
      if values.count >= Limits.decodedReferences { values.removeAll(keepingCapacity: true) }
      values[key] = value
    }
  }
}
