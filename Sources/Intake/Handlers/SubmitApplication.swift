package import Messages
internal import Service

extension IntakeHandlers {
  /// Hands an application in, from a draft or in one act.
  ///
  /// It gets its number and query code, and the five days begin.
  ///
  /// A missing necessary material does not keep it out: the clerk tells it in the one correction
  /// notice (docs/rules/intake.md, rule I2).
  package func submitApplication(
    _ request: IntakeV1.SubmitApplicationRequest,
    _ writing: Writing
  ) throws -> IntakeV1.SubmitApplicationResponse {
    var row: ApplicationRow
    let queryCode: String
    if request.draftId.isEmpty {
      let filing = try Filing(
        itemCode: request.itemCode,
        applicant: request.applicant,
        materials: request.materials,
        // Whoever hands in is the applicant's side, a clerk too (rule I15).
        allowsPaper: false,
        in: writing.reading
      )
      row = try filed(filing, writing)
      try writing.beginFiveDays(of: &row)
      row.id = try writing.transaction.insert(row)
      try writing.attach(request.materials, to: row)
      queryCode = writing.reading.queryCode(of: row.number)
      try writing.publishSubmitted(row, queryCode, by: filing.applicant)
    } else {
      row = try drafted(request, writing)
      try writing.beginFiveDays(of: &row)
      try writing.transaction.update(&row)
      queryCode = writing.reading.queryCode(of: row.number)
      try writing.publishSubmitted(row, queryCode)
    }
    return IntakeV1.SubmitApplicationResponse(
      receipt: try writing.reading.receipt(of: row, queryCode)
    )
  }

  /// An application that is drafted and handed in in one act.
  private func filed(_ filing: Filing, _ writing: Writing) throws -> ApplicationRow {
    var row = try writing.newApplication(
      of: filing.item,
      by: filing.applicant,
      owner: writing.call.pass.owner,
      number: try writing.nextNumber(
        region: region,
        department: filing.item.published.item?.departmentCode ?? ""
      ),
      state: .submitted,
      channel: .online
    )
    row.receivedAt = writing.call.now
    return row
  }

  /// The draft, with a number and under the version of the item that is in force now.
  private func drafted(
    _ request: IntakeV1.SubmitApplicationRequest,
    _ writing: Writing
  ) throws -> ApplicationRow {
    var violations: [Violation] = []
    if !request.itemCode.isEmpty { violations.append(.excluded("item_code", by: "draft_id")) }
    if request.applicant != nil { violations.append(.excluded("applicant", by: "draft_id")) }
    if !request.materials.isEmpty { violations.append(.excluded("materials", by: "draft_id")) }
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    let reading = writing.reading
    var row = try draft(request.draftId, reading)
    try row.go(on: .submit)
    let item = try reading.itemInForce(row.itemCode).published
    violations = reading.violations(of: try reading.applicant(of: row), for: item.item)
    let codes = Set((item.item?.materials ?? []).map(\.code))
    for (index, material) in try reading.snapshot.materials(of: row.id).enumerated()
    where !codes.contains(material.materialCode) {
      violations.append(.unknownMaterial("materials[\(index)].material_code"))
    }
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    row.itemVersion = item.version
    row.departmentCode = item.item?.departmentCode ?? ""
    row.number = try writing.nextNumber(region: region, department: row.departmentCode)
    row.receivedAt = writing.call.now
    return row
  }

  /// The caller's draft, also when it was handed in before: then its state refuses.
  private func draft(_ id: String, _ reading: Reading) throws -> ApplicationRow {
    guard let row = try reading.snapshot.application(hall: reading.call.hall, draftID: id),
      row.owner == reading.call.pass.owner
    else { throw Refusal.notFound(id) }
    return row
  }
}
