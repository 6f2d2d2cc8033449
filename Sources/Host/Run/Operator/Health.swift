package import Service
package import Storage
internal import Synchronization

/// What is known of a running service's health, looked at once a second off the event loops.
package final class Health: Sendable {
  /// One named check.
  package struct Check: Sendable, Hashable {
    /// What is checked, for example `store-write`.
    package let name: String
    /// What is wrong; nil if nothing is.
    package let fault: String?
  }

  private struct State: Sendable {
    var checks = [Check(name: "started", fault: "not yet")]
    var facts: StoreFacts?
    var timerDelay: Int64 = 0
    var isDraining = false
    var isEnding = false
  }

  private let state = Mutex(State())

  package init() {}

  /// The checks as they stood when they were last made.
  package var checks: [Check] {
    state.withLock { state in
      state.checks + [Check(name: "draining", fault: state.isDraining ? "stopping" : nil)]
    }
  }

  /// Whether calls are welcome.
  package var isReady: Bool { checks.allSatisfy { $0.fault == nil } }

  /// What was last known of the store; nil before the first look.
  package var facts: StoreFacts? { state.withLock { $0.facts } }

  /// How long the timer that is due longest had waited at the last look.
  ///
  /// - Unit: milliseconds of the hall's time.
  package var timerDelay: Int64 { state.withLock { $0.timerDelay } }

  /// Whether the process is about to stop.
  package var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Says that the process is about to stop.
  package func drain() { state.withLock { $0.isDraining = true } }

  /// Whether the notice is over: streams end now.
  package var isEnding: Bool { state.withLock { $0.isEnding } }

  /// Says that the notice is over.
  package func end() { state.withLock { $0.isEnding = true } }

  /// Makes the checks: reads the store, goes through an empty transaction, measures the disk.
  package func look(at engine: Engine) {
    var checks: [Check] = []
    func check(_ name: String, _ body: () throws -> String?) {
      do {
        checks.append(Check(name: name, fault: try body()))
      } catch {
        checks.append(Check(name: name, fault: (error as? StoreError)?.detail ?? "\(error)"))
      }
    }
    var facts: StoreFacts?
    check("store-read") {
      _ = try engine.store.read { try $0.feedHead() }
      return nil
    }
    check("store-write") {
      if let error = engine.store.batch([{ _ in }]).first?.failure { throw error }
      return nil
    }
    check("migrations") {
      facts = try engine.store.facts()
      return nil
    }
    check("durability") {
      facts.flatMap { $0.synchronous == 2 ? nil : "synchronous is \($0.synchronous)" }
    }
    check("disk") {
      facts.flatMap { $0.space.level == .refusing ? "\($0.space.usedPercent) % used" : nil }
    }
    let timerDelay = engine.timerDelay
    state.withLock { state in
      state.checks = checks
      state.timerDelay = timerDelay
      state.facts = facts ?? state.facts
    }
  }
}
