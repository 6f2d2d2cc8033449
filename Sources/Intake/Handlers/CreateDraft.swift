package import Messages
internal import Service

extension IntakeHandlers {
  /// Begins an application for an item in force.
  package func createDraft(
    _ request: IntakeV1.CreateDraftRequest,
    _ writing: Writing
  ) throws -> IntakeV1.CreateDraftResponse {
    let reading = writing.reading
    let applicant = request.applicant ?? IntakeV1.Applicant()
    let item = try reading.itemInForce(request.itemCode)
    let violations = reading.violations(of: applicant, for: item.published.item)
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    let id = writing.call.nextIdentifier()
    var row = try writing.newApplication(
      of: item,
      by: applicant,
      owner: writing.call.pass.owner,
      number: id,
      state: .draft,
      channel: .online
    )
    row.draftID = id
    row.id = try writing.transaction.insert(row)
    return IntakeV1.CreateDraftResponse(application: try reading.message(of: row))
  }
}
