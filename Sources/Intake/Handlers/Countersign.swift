package import Messages
internal import Service

extension IntakeHandlers {
  /// Signs what another person asked for: the application is refused.
  package func countersign(
    _ request: IntakeV1.CountersignRequest,
    _ writing: Writing
  ) throws -> IntakeV1.CountersignResponse {
    let (countersignature, application) = try waiting(request.id, writing)
    var row = application
    try row.go(on: .refuse)
    try row.checkFiveDays(writing.call)
    let signer = try writing.reading.signer(of: countersignature, row)
    row.reason = countersignature.reasons
    row.stamp += 1
    try writing.transaction.close(
      countersignature,
      as: .signed,
      by: writing.call.pass.subject,
      at: writing.call.now
    )
    try writing.transaction.update(&row)
    try writing.speaking(in: signer).publish(
      IntakeV1.ApplicationRefused(
        number: row.number,
        reasons: countersignature.reasons,
        competentAuthority: countersignature.competentAuthority
      ),
      subject: row.number,
      basis: "I11",
      onBehalfOf: signer.onBehalfOf
    )
    return IntakeV1.CountersignResponse(application: try writing.reading.message(of: row))
  }

  /// A request that waits, and its application.
  func waiting(
    _ id: String,
    _ writing: Writing
  ) throws -> (CountersignatureRow, ApplicationRow) {
    let hall = writing.call.hall
    guard let row = try writing.transaction.countersignature(hall: hall, id: id),
      let application = try writing.transaction.application(hall: hall, id: row.applicationID)
    else { throw Refusal.notFound(id) }
    guard row.state == .open else { throw IntakeRefusal.countersignatureClosed(id) }
    return (row, application)
  }
}

extension Reading {
  /// The post in which the caller signs or declines a request: one of a chief representative of
  /// the item's department, as its A or B.
  ///
  /// - Throws: ``IntakeRefusal``.
  /// - Source: docs/rules/intake.md, rules I11 and I15
  func signer(of request: CountersignatureRow, _ row: ApplicationRow) throws -> Acting {
    guard request.requestedBy != call.pass.subject else {
      throw IntakeRefusal.samePerson(request.id)
    }
    try refuseApplicantSide(row)
    guard let acting = try acting(for: row.departmentCode, [.chief]) else {
      throw IntakeRefusal.wrongDepartment(row.number)
    }
    return acting
  }
}
