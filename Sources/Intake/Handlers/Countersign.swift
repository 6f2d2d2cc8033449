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
    try writing.reading.checkSigner(of: countersignature, row)
    row.reason = countersignature.reasons
    row.stamp += 1
    try writing.transaction.close(
      countersignature,
      as: .signed,
      by: writing.call.pass.subject,
      at: writing.call.now
    )
    try writing.transaction.update(&row)
    try writing.publish(
      IntakeV1.ApplicationRefused(
        number: row.number,
        reasons: countersignature.reasons,
        competentAuthority: countersignature.competentAuthority
      ),
      subject: row.number,
      basis: "I11",
      onBehalfOf: try writing.reading.standsInFor()
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
  /// Refuses who may not sign or decline a request.
  ///
  /// - Throws: ``IntakeRefusal``.
  /// - Source: docs/rules/intake.md, rules I11 and I15
  func checkSigner(of request: CountersignatureRow, _ row: ApplicationRow) throws {
    guard request.requestedBy != call.pass.subject else {
      throw IntakeRefusal.samePerson(request.id)
    }
    try refuseApplicantSide(row)
    let signs = try call.pass.posts.contains { code in
      guard let post = try post(code) else { return false }
      let holders = [post.holderA?.subject, post.holderB?.subject]
      return post.departmentCode == row.departmentCode && holders.contains(call.pass.subject)
    }
    guard signs else { throw IntakeRefusal.wrongDepartment(row.number) }
  }
}
