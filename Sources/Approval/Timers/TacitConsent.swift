internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// The timer by which the silence of a consulted department becomes consent.
///
/// - Source: docs/rules/terms.md, rule T26; docs/rules/approval.md, rule A7
enum TacitConsentTimer {
  /// The kind; the subject is the task's id and the stamp the task's.
  static let kind = "tacit-consent"
}

extension Writing {
  /// Presumes the consent of a department that stayed silent; responsibility stays with it.
  ///
  /// Does nothing if the task was answered, has ended, or was dated anew.
  func presumeConsent(_ timer: TimerRow) throws {
    guard var task = try transaction.taskRow(hall: call.hall, id: timer.subject),
      task.stamp == timer.stamp, task.nature.consentsBySilence,
      let next = task.state.after(.presume)
    else { return }
    var row = try reading.theCase(task.caseNumber)
    task.state = next
    task.answer = .agree
    task.doneAt = timer.due
    task.stamp += 1
    try transaction.save(&task, hall: call.hall)
    try tell(
      ApprovalV1.ConsentPresumed(task: task.message),
      of: row.number,
      at: timer.due,
      basis: "T26",
      (
        "“\(task.name)”逾期未答复，视为同意，责任仍由该部门承担",
        "No answer to \(task.name) in time: consent is presumed, responsibility stays"
      )
    )
    try proceed(&row, reading.tasks(of: row))
  }
}
