internal import Service
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
    /// What is kept of answers.
    package var cache = AnswerCache.Values()
  }

  private struct Counters {
    var admitted: [String: Counter] = [:]
    var callers: [String: Counter] = [:]
  }

  private let values = Mutex(Values())
  private let counters = Mutex(Counters())

  var now: Values {
    var values = values.withLock { $0 }
    let counters = counters.withLock { $0 }
    values.admitted = counters.admitted.mapValues(\.value).filter { $0.value > 0 }
    values.callers = counters.callers.mapValues(\.value).filter { $0.value > 0 }
    return values
  }

  func admitted(_ kind: Admission.Kind, to upstream: String) {
    let (toService, ofKind) = admissions(kind, to: upstream)
    toService.count()
    ofKind.count()
  }

  /// What counts the calls of a kind of caller to a service.
  func admissions(
    _ kind: Admission.Kind,
    to upstream: String
  ) -> (toService: Counter, ofKind: Counter) {
    counters.withLock { counters in
      let admitted = counters.admitted[upstream] ?? Counter()
      let callers = counters.callers[kind.rawValue] ?? Counter()
      counters.admitted[upstream] = admitted
      counters.callers[kind.rawValue] = callers
      return (admitted, callers)
    }
  }

  func refused(_ reason: String) { values.withLock { $0.refused[reason, default: 0] += 1 } }

  func checked() { values.withLock { $0.checks += 1 } }
}
