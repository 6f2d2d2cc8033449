internal import Messages
internal import Service

extension Effects {
  /// Follows approval: what was decided can be rated.
  static let approvalForQueueing: Effects = {
    var effects = Effects(of: "approval")
    effects.on(ApprovalV1.CaseDecided.self) { event, _, writing in
      try writing.transaction.saveDecision(
        hall: writing.call.hall,
        number: event.number,
        decidedAt: event.decision?.decidedAt?.instant ?? writing.call.now
      )
    }
    effects.on(ApprovalV1.ResultDelivered.self) { event, _, writing in
      // A result is only handed over after a decision.
      try writing.transaction.saveDecision(
        hall: writing.call.hall,
        number: event.number,
        decidedAt: writing.call.now,
        deliveredAt: writing.call.now
      )
    }
    return effects
  }()
}
