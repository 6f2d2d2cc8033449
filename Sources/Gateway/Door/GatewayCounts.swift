internal import Synchronization

/// Counts what the door decided since the start, for its metrics.
package final class GatewayCounts: Sendable {
  /// The counts at one moment.
  package struct Values: Sendable, Hashable {
    /// Calls that were let through, by the service that answers them.
    package var admitted: [String: Int64] = [:]
    /// Calls that were let through, by kind of caller: `public`, `token`, `portal`.
    package var callers: [String: Int64] = [:]
    /// Calls that were refused, by reason.
    package var refused: [String: Int64] = [:]
    /// Credentials that had to be verified.
    package var checks: Int64 = 0
    /// Credentials that wait to be verified.
    package var waitingChecks = 0
    /// Admissions that are remembered.
    package var admissions = 0
  }

  private let values = Mutex(Values())

  var now: Values { values.withLock { $0 } }

  func admitted(_ kind: Admission.Kind, to upstream: String) {
    values.withLock { values in
      values.admitted[upstream, default: 0] += 1
      values.callers[kind.rawValue, default: 0] += 1
    }
  }

  func refused(_ reason: String) { values.withLock { $0.refused[reason, default: 0] += 1 } }

  func checked() { values.withLock { $0.checks += 1 } }
}
