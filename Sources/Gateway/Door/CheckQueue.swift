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

  /// A queue in two arrays, of which nothing is kept that was taken: credentials are long.
  private struct Waiting {
    /// Those that came last, the latest at the end.
    var coming: [Check] = []
    /// Those that come next, the first one at the end.
    var going: [Check] = []
    var isClosed = false

    var count: Int { coming.count + going.count }

    mutating func next() -> Check? {
      if going.isEmpty {
        swap(&going, &coming)
        going.reverse()
      }
      return going.popLast()
    }
  }

  init() {
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// How many wait.
  var count: Int { waiting.withLock { $0.count } }

  /// Puts a check behind the others; false if there is no room.
  func add(_ check: Check) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isClosed, waiting.count < Self.most else { return false }
      waiting.coming.append(check)
      return true
    }
    if isTaken { signal.yield() }
    return isTaken
  }

  /// Takes no more.
  func close() { waiting.withLock { $0.isClosed = true } }

  /// Takes the one that has waited longest.
  func next() -> Check? { waiting.withLock { $0.next() } }
}
