internal import Synchronization

/// What a call remembers over the runs of its handler.
final class CallMemory: Sendable {
  private let values = Mutex<[String: any Sendable]>([:])

  /// What something came to when it was done first; it is done now if it was not.
  func once<Value: Sendable>(_ name: String, _ body: () -> Value) -> Value {
    if let known = values.withLock({ $0[name] as? Value }) { return known }
    let value = body()
    values.withLock { $0[name] = value }
    return value
  }
}
