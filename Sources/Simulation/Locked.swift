internal import Synchronization

/// A value behind a lock.
package final class Locked<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  package init(_ value: Value) {
    mutex = Mutex(value)
  }

  /// The value now.
  package var value: Value { mutex.withLock { $0 } }

  /// Changes the value.
  package func change(_ body: (inout Value) -> Void) {
    mutex.withLock { body(&$0) }
  }
}
