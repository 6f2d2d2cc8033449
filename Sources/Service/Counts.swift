internal import Synchronization

/// One number that many threads count up.
package final class Counter: Sendable {
  private let number = Atomic<Int64>(0)

  package init() {}

  /// The number now.
  package var value: Int64 { number.load(ordering: .relaxed) }

  /// Counts one more.
  package func count() { number.wrappingAdd(1, ordering: .relaxed) }
}

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
    /// Timers whose effect failed, by kind; each is tried again.
    package var failedTimers: [String: Int64] = [:]
    /// Applied entries by followed service.
    package var applied: [String: Int64] = [:]
    /// Transactions.
    package var batches: Int64 = 0
    /// Units in them.
    package var units: Int64 = 0
    /// Transactions of which nobody knows whether they were kept.
    package var doubts: Int64 = 0
  }

  /// A method and why its calls were refused.
  package struct Refused: Sendable, Hashable {
    package var method: String
    package var reason: String
  }

  private let values = Mutex(Values())
  /// Of each method that was ever answered.
  private let answers = Mutex<[String: Counter]>([:])

  /// The counts now.
  package var now: Values {
    var now = values.withLock { $0 }
    now.answered = answers.withLock { $0 }.mapValues(\.value).filter { $0.value > 0 }
    return now
  }

  /// What counts the answered calls of a method.
  func answers(of method: String) -> Counter {
    answers.withLock { answers in
      if let known = answers[method] { return known }
      let counter = Counter()
      answers[method] = counter
      return counter
    }
  }

  func answered(_ method: String) { answers(of: method).count() }

  func refused(_ method: String, _ reason: String) {
    values.withLock { $0.refused[Refused(method: method, reason: reason), default: 0] += 1 }
  }

  func timer(_ kind: String) { values.withLock { $0.timers[kind, default: 0] += 1 } }

  func timerFailed(_ kind: String) {
    values.withLock { $0.failedTimers[kind, default: 0] += 1 }
  }

  func doubt() { values.withLock { $0.doubts += 1 } }

  func applied(_ upstream: String) { values.withLock { $0.applied[upstream, default: 0] += 1 } }

  func batch(of units: Int) {
    values.withLock { values in
      values.batches += 1
      values.units += Int64(units)
    }
  }
}
