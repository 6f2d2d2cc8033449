package import Kernel

/// The event that opens a term.
///
/// - Source: docs/rules/terms.md, rule T7 (the opening event)
package enum StartEvent: Sendable, Hashable, CaseIterable {
  /// The application was accepted (自受理之日).
  case accepted
  /// The application was received (自收到申请之日).
  case received
  /// All valid papers were received (自收到全部有效文件之日).
  case complete
}

/// A term together with the event that opens it: one limit of an item.
///
/// - Source: docs/rules/terms.md, rule T7 (the opening event)
package struct Limit: Sendable, Hashable {
  /// The term.
  package var term: Term

  /// What opens it.
  package var startEvent: StartEvent

  package init(_ term: Term, from startEvent: StartEvent = .accepted) {
    self.term = term
    self.startEvent = startEvent
  }
}

/// The days on which the events that can open a term happened.
///
/// - Source: docs/rules/terms.md, rule T7 (the opening event)
package struct StartDays: Sendable, Hashable {
  /// When the application was accepted.
  package var accepted: Day

  /// When it was received.
  package var received: Day

  /// When its papers were complete.
  package var complete: Day

  /// The days of a case; what is not given happened on the day of acceptance.
  package init(accepted: Day, received: Day? = nil, complete: Day? = nil) {
    self.accepted = accepted
    self.received = received ?? accepted
    self.complete = complete ?? accepted
  }

  /// The day of an event.
  package subscript(event: StartEvent) -> Day {
    switch event {
    case .accepted: accepted
    case .received: received
    case .complete: complete
    }
  }
}
