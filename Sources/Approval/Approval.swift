internal import Messages
package import Service

/// Approval: what departments do with cases, from acceptance to delivery.
///
/// It owns cases, tasks, special procedures, decisions, certificates and deliveries. It follows the
/// catalogue (items, posts, the calendar) and intake (accepted and withdrawn applications); a case
/// is opened only on an admission that intake has signed.
///
/// - `ListTasks`: the work of a post, a department or the hall, by due day.
/// - `GetCase`: one case, with due days as they are now.
/// - `GetTimeline`: what happened to a case.
/// - `Claim`: a holder of the post takes a task.
/// - `RecordOpinion`: finishes a handling or reviewing task.
/// - `AnswerConsultation`: agrees, disagrees with reasons, or forwards.
/// - `StartSpecialProcedure`: stops clocks as the item and the law say.
/// - `EndSpecialProcedure`: lets them run on and moves the due days.
/// - `Decide`: grants or denies, never by a timer.
/// - `IssueCertificate`: numbers the certificate of a granted case.
/// - `DeliverResult`: hands the result over and keeps the proof.
package struct ApprovalHandlers: ApprovalServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  package init() {}
}

extension Definition {
  /// The service `approval`.
  package static func approval() -> Definition {
    var definition = Definition(name: "approval", migrations: Schema.migrations)
    ApprovalHandlers().register(in: &definition.registry)
    definition.timers[TacitConsentTimer.kind] = { timer, writing in
      try writing.presumeConsent(timer)
    }
    definition.follows = [.catalogueAndDueDays, .intake]
    definition.verifications = [.cases, .tasks]
    return definition
  }
}
