package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Lets a holder of the post take a task.
  ///
  /// Who has it already keeps it as it is.
  package func claim(
    _ request: ApprovalV1.ClaimRequest,
    _ call: Writing
  ) throws -> ApprovalV1.ClaimResponse {
    var task = try call.reading.theTask(request.taskId)
    var row = try call.reading.theCase(task.caseNumber)
    try row.move(.work)
    let isClaimed = task.state == .claimed
    try task.move(.claim)
    if isClaimed { try call.refuseOtherClaimant(of: task) }
    try call.check(expected: request.expectedRevision, revision: task.revision, of: task.id)
    guard let acting = try call.reading.acting(in: task.postCode) else {
      throw ApprovalRefusal.notPostHolder(task.id)
    }
    try call.reading.refuseConflict(task.nature.duty, on: row)
    if isClaimed, task.claimedBy == call.call.pass.subject {
      return ApprovalV1.ClaimResponse(task: try call.reading.asOfToday(task).message)
    }
    task.claimedBy = call.call.pass.subject
    task.onBehalfOf = acting.onBehalfOf
    try call.transaction.save(&task, hall: call.call.hall)
    try call.transaction.save(&row, hall: call.call.hall)
    let message = try call.reading.asOfToday(task).message
    try call.tell(
      ApprovalV1.TaskClaimed(task: message),
      of: row.number,
      by: acting,
      ("认领“\(task.name)”", "Task \(task.name) claimed")
    )
    return ApprovalV1.ClaimResponse(task: message)
  }
}
