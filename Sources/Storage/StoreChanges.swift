internal import Synchronization

/// What a commit changed that others may wait for.
package struct StoreChange: Sendable, Hashable {
  /// The position of the feed's last entry.
  package var feedHead: Int64
  /// The cursors that were moved, by upstream.
  package var cursors: [String: Int64]
  /// Whether personal parts of entries were erased.
  package var isErasing = false
}

/// Tells who wants to know about each commit that published or erased entries or moved a cursor.
package final class StoreChanges: Sendable {
  private struct State {
    var listeners: [Int: @Sendable (StoreChange) -> Void] = [:]
    var nextNumber = 1
    var feedHead: Int64 = 0
    var batches = 0
  }

  private let state = Mutex(State())

  /// The position of the feed's last committed entry.
  package var feedHead: Int64 { state.withLock { $0.feedHead } }

  /// How many batches were committed so far: while this stays, a new snapshot shows nothing new.
  package var batches: Int { state.withLock { $0.batches } }

  /// Registers a listener.
  ///
  /// It is called after the commit, on the thread that wrote, one call after the other, and must
  /// not write itself: it only wakes somebody.
  ///
  /// - Returns: the number by which it is taken away again.
  package func register(_ listener: @escaping @Sendable (StoreChange) -> Void) -> Int {
    state.withLock { state in
      defer { state.nextNumber += 1 }
      state.listeners[state.nextNumber] = listener
      return state.nextNumber
    }
  }

  /// Takes a listener away; a call of it that has begun may still be going on.
  package func unregister(_ number: Int) {
    _ = state.withLock { $0.listeners.removeValue(forKey: number) }
  }

  /// Sets where the feed stands when the store is opened.
  func begin(at feedHead: Int64) {
    state.withLock { $0.feedHead = feedHead }
  }

  /// Tells all listeners, if there is something to tell.
  func tell(_ change: StoreChange) {
    let listeners = state.withLock { state in
      defer { state.feedHead = max(state.feedHead, change.feedHead) }
      state.batches += 1
      let isNews =
        change.feedHead > state.feedHead || !change.cursors.isEmpty || change.isErasing
      return isNews ? Array(state.listeners.values) : []
    }
    for listener in listeners { listener(change) }
  }
}
