internal import Kernel
internal import Messages
internal import Service

/// Entries of the feeds in the words in which the auditor predicts them.
enum Line {
  static func text(_ instant: Instant) -> String { LegalTime.beijing.text(instant) }

  /// What an entry says, without the identifiers that nobody can predict.
  static func of(_ entry: FeedV1.Entry) throws -> String {
    let number = entry.subject
    switch entry.type {
    case "ApplicationSubmitted": return "Submitted \(number)"
    case "ApplicationReceived": return "Received \(number)"
    case "ApplicationReturned": return "Returned \(number)"
    case "CorrectionRequested":
      let event = try IntakeV1.CorrectionRequested.decode(entry.payload)
      return "CorrectionRequested \(number) by \(event.notice?.answerBy ?? "-")"
    case "CorrectionCompleted":
      let event = try IntakeV1.CorrectionCompleted.decode(entry.payload)
      return "CorrectionCompleted \(number) on \(event.completedOn) due \(event.receiptDueOn)"
    case "ApplicationAccepted":
      let event = try IntakeV1.ApplicationAccepted.decode(entry.payload)
      return "Accepted \(number) on \(event.admission?.acceptedOn ?? "-") deemed=\(event.deemed) "
        + "from \(event.legalStartOn) promise \(dash(event.promiseDueOn)) "
        + "legal \(dash(event.legalDueOn))"
    case "ApplicationWithdrawn":
      let event = try IntakeV1.ApplicationWithdrawn.decode(entry.payload)
      return "Withdrawn \(number) accepted=\(event.afterAcceptance)"
    case "AlertRaised": return try alert(entry)
    default: return try ofApproval(entry)
    }
  }

  /// The type of an entry; of an alert what it is about and how grave.
  static func kind(of entry: FeedV1.Entry) throws -> String {
    guard entry.type == "AlertRaised" else { return entry.type }
    let alert = try MonitoringV1.AlertRaised.decode(entry.payload).alert
    return alert.map { "\($0.kind) \($0.level)" } ?? entry.type
  }

  private static func ofApproval(_ entry: FeedV1.Entry) throws -> String {
    let number = entry.subject
    switch entry.type {
    case "CaseOpened": return "CaseOpened \(number)"
    case "TaskOpened":
      let event = try ApprovalV1.TaskOpened.decode(entry.payload)
      return "TaskOpened \(number) \(event.task?.taskCode ?? "-") from \(event.startedOn) "
        + "due \(event.task?.dueOn ?? "-")"
    case "TaskClaimed":
      let event = try ApprovalV1.TaskClaimed.decode(entry.payload)
      return "Claimed \(number) \(event.task?.taskCode ?? "-")"
    case "TaskDone":
      let event = try ApprovalV1.TaskDone.decode(entry.payload)
      return "Done \(number) \(event.task?.taskCode ?? "-")"
    case "ConsentPresumed":
      let task = try ApprovalV1.ConsentPresumed.decode(entry.payload).task
      return "Presumed \(number) \(task?.taskCode ?? "-") \(text(task?.doneAt))"
    case "SpecialProcedureStarted":
      let procedure = try ApprovalV1.SpecialProcedureStarted.decode(entry.payload).procedure
      return "Started \(number) on \(procedure?.startedOn ?? "-") "
        + "until \(procedure?.plannedEndOn ?? "-") "
        + "stops \(procedure?.stopsLegal == true) \(procedure?.stopsPromise == true)"
    case "SpecialProcedureEnded":
      let event = try ApprovalV1.SpecialProcedureEnded.decode(entry.payload)
      return "Ended \(number) on \(event.procedure?.endedOn ?? "-") "
        + "promise \(dash(event.promiseDueOn)) legal \(dash(event.legalDueOn))"
    case "CaseReadyForDecision": return "Ready \(number)"
    case "CaseDecided":
      let event = try ApprovalV1.CaseDecided.decode(entry.payload)
      return "Decided \(number) granted=\(event.decision?.granted == true) "
        + dash(event.deliveryDueOn)
    case "ResultDelivered": return "Delivered \(number)"
    case "CaseWithdrawn":
      let event = try ApprovalV1.CaseWithdrawn.decode(entry.payload)
      return "CaseWithdrawn \(number) \(text(event.withdrawnAt))"
    default: return "\(entry.type) \(number)"
    }
  }

  private static func alert(_ entry: FeedV1.Entry) throws -> String {
    guard let alert = try MonitoringV1.AlertRaised.decode(entry.payload).alert else {
      return "an alert without content"
    }
    let time = text(alert.time)
    guard alert.level == .cleared else {
      let due = text(alert.dueAt)
      return "Alert \(alert.id) at \(time) due \(due)"
    }
    return cleared(alert.clearedIds, time)
  }

  /// The end of some alerts, named by their ids.
  static func cleared(_ ids: [String], _ time: String) -> String {
    "Cleared \(ids.sorted().joined(separator: " ")) at \(time)"
  }

  private static func dash(_ text: String) -> String { text.isEmpty ? "-" : text }

  private static func text(_ stamp: GoogleProtobuf.Timestamp?) -> String {
    stamp.map { text($0.instant) } ?? "-"
  }
}
