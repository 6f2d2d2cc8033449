internal import Kernel
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Ends a special procedure; today runs again, and the due days move.
  package func endSpecialProcedure(
    _ request: ApprovalV1.EndSpecialProcedureRequest,
    _ call: Writing
  ) throws -> ApprovalV1.EndSpecialProcedureResponse {
    var row = try call.reading.theCase(request.number)
    let procedures = try call.reading.procedures(of: row)
    guard var procedure = procedures.first(where: { $0.id == request.procedureId }) else {
      throw Refusal.notFound(request.procedureId)
    }
    guard row.state.isRunning else { throw ApprovalRefusal.caseState(row.number) }
    guard procedure.endedOn == nil else { throw ApprovalRefusal.procedureEnded(procedure.id) }
    try call.check(expected: request.expectedRevision, revision: row.revision, of: row.number)
    guard let acting = try call.reading.acting(for: row.departmentCode, [.handler, .chief]) else {
      throw ApprovalRefusal.wrongDepartment(row.number)
    }
    try call.reading.refuseConflict(.steer, on: row)
    try row.move(event(of: procedure, row))
    // A clock set back in a demo must not end a procedure before it began.
    procedure.endedOn = max(call.call.today, procedure.startedOn)
    procedure.result = request.result
    try call.transaction.saveEnd(of: procedure, hall: call.call.hall)
    try call.redate(&row, for: procedure)
    try call.transaction.save(&row, hall: call.call.hall)
    try call.tell(
      ApprovalV1.SpecialProcedureEnded(
        number: row.number,
        procedure: procedure.message,
        promiseDueOn: row.promiseDueOn?.description ?? "",
        legalDueOn: row.legalDueOn?.description ?? ""
      ),
      of: row.number,
      by: acting,
      basis: procedure.basis,
      ("特别程序结束：\(procedure.result)", "Special procedure ended: \(procedure.result)")
    )
    if procedure.stopsClock, row.state == .deciding { try call.tellReady(row) }
    return ApprovalV1.EndSpecialProcedureResponse(case: try call.reading.message(of: row))
  }

  private func event(of procedure: ProcedureRow, _ row: CaseRow) -> CaseEvent {
    guard procedure.stopsClock else { return .accompany }
    return row.stageCode.isEmpty ? .resumeDecision : .resumeReview
  }
}
