internal import Synchronization

/// Credentials that wait to be verified off the event loops.
final class CheckQueue: Sendable {
  /// One of them.
  struct Check: Sendable {
    var credentials: Credentials
    /// Told once.
    var tell: @Sendable (Result<Admission, GatewayRefusal>) -> Void
  }

  /// How many may wait; one more is answered `OVERLOADED`.
  static let most = 2_048

  /// One element, maybe for many checks.
  let signals: AsyncStream<Void>

  private let signal: AsyncStream<Void>.Continuation
  private let waiting = Mutex(Waiting())

  /// A queue in an array whose front is cut off now and then.
  private struct Waiting {
    var checks: [Check] = []
    var first = 0
    var isClosed = false
  }

  init() {
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// How many wait.
  var count: Int { waiting.withLock { $0.checks.count - $0.first } }

  /// Puts a check behind the others; false if there is no room.
  func add(_ check: Check) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isClosed, waiting.checks.count - waiting.first < Self.most else {
        return false
      }
      waiting.checks.append(check)
      return true
    }
    if isTaken { signal.yield() }
    return isTaken
  }

  /// Takes no more.
  func close() { waiting.withLock { $0.isClosed = true } }

  /// Takes the one that has waited longest.
  func next() -> Check? {
    waiting.withLock { waiting in
      guard waiting.first < waiting.checks.count else {
        waiting = Waiting(isClosed: waiting.isClosed)
        return nil
      }
      waiting.first += 1
      return waiting.checks[waiting.first - 1]
    }
  }
}
