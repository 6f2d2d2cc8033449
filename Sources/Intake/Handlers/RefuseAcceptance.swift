package import Messages
internal import Service

extension IntakeHandlers {
  /// Asks to refuse acceptance, because another authority is competent.
  ///
  /// A chief representative signs or declines; the five days go on meanwhile.
  ///
  /// - Source: docs/rules/intake.md, rule I11
  package func refuseAcceptance(
    _ request: IntakeV1.RefuseAcceptanceRequest,
    _ writing: Writing
  ) throws -> IntakeV1.RefuseAcceptanceResponse {
    var row = try writing.reading.application(request.number)
    try writing.reading.refuseApplicantSide(row)
    guard Lifecycle.next(row.state, on: .refuse) != nil else {
      throw IntakeRefusal.wrongState(row.number, row.state)
    }
    try row.checkFiveDays(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    guard try writing.transaction.openCountersignature(of: row.id) == nil else {
      throw IntakeRefusal.countersignaturePending(row.number)
    }
    let countersignature = CountersignatureRow(
      id: writing.call.nextIdentifier(),
      hall: row.hall,
      applicationID: row.id,
      number: row.number,
      requestedBy: writing.call.pass.subject,
      requestedAt: writing.call.now,
      reasons: request.reasons,
      competentAuthority: request.competentAuthority
    )
    try writing.transaction.insert(countersignature)
    try writing.transaction.update(&row)
    return IntakeV1.RefuseAcceptanceResponse(countersignature: countersignature.message)
  }
}
