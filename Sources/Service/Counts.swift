internal import Synchronization

/// What a service counts since it was started, for its metrics.
package final class Counts: Sendable {
  /// The counts at one moment.
  package struct Values: Sendable {
    /// Answered calls by method.
    package var answered: [String: Int64] = [:]
    /// Refused calls by method and reason.
    package var refused: [Refused: Int64] = [:]
    /// Fired timers by kind.
    package var timers: [String: Int64] = [:]
    /// Applied entries by followed service.
    package var applied: [String: Int64] = [:]
    /// Transactions.
    package var batches: Int64 = 0
    /// Units in them.
    package var units: Int64 = 0
  }

  /// A method and why its calls were refused.
  package struct Refused: Sendable, Hashable {
    package var method: String
    package var reason: String
  }

  private let values = Mutex(Values())

  /// The counts now.
  package var now: Values { values.withLock { $0 } }

  func answered(_ method: String) { values.withLock { $0.answered[method, default: 0] += 1 } }

  func refused(_ method: String, _ reason: String) {
    values.withLock { $0.refused[Refused(method: method, reason: reason), default: 0] += 1 }
  }

  func timer(_ kind: String) { values.withLock { $0.timers[kind, default: 0] += 1 } }

  func applied(_ upstream: String) { values.withLock { $0.applied[upstream, default: 0] += 1 } }

  func batch(of units: Int) {
    values.withLock { values in
      values.batches += 1
      values.units += Int64(units)
    }
  }
}
