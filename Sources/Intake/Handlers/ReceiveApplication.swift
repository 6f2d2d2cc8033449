package import Messages
internal import Service

extension IntakeHandlers {
  /// Receives an application: one that was handed in online, whose five days go on, or a person
  /// at a window, whose five days begin.
  package func receiveApplication(
    _ request: IntakeV1.ReceiveApplicationRequest,
    _ writing: Writing
  ) throws -> IntakeV1.ReceiveApplicationResponse {
    let row =
      request.number.isEmpty
      ? try takeIn(request, writing)
      : try receive(request, writing)
    try writing.publishReceived(row)
    return IntakeV1.ReceiveApplicationResponse(receipt: try writing.reading.receipt(of: row))
  }

  /// A person at the window: number and receipt at once.
  private func takeIn(
    _ request: IntakeV1.ReceiveApplicationRequest,
    _ writing: Writing
  ) throws -> ApplicationRow {
    let filing = try Filing(
      itemCode: request.itemCode,
      applicant: request.applicant,
      materials: request.materials,
      allowsPaper: true,
      in: writing.reading
    )
    var row = try writing.newApplication(
      of: filing.item,
      by: filing.applicant,
      owner: "",
      number: try writing.nextNumber(
        region: region,
        department: filing.item.published.item?.departmentCode ?? ""
      ),
      state: .received,
      channel: .window
    )
    row.receivedAt = writing.call.now
    row.ticketID = request.ticketId
    try writing.beginFiveDays(of: &row)
    row.id = try writing.transaction.insert(row)
    try writing.attach(request.materials, to: row)
    return row
  }

  /// One that was handed in online: it is never restarted by being received.
  private func receive(
    _ request: IntakeV1.ReceiveApplicationRequest,
    _ writing: Writing
  ) throws -> ApplicationRow {
    var violations: [Violation] = []
    if !request.itemCode.isEmpty { violations.append(.excluded("item_code", by: "number")) }
    if request.applicant != nil { violations.append(.excluded("applicant", by: "number")) }
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    let reading = writing.reading
    var row = try reading.application(request.number)
    try reading.refuseApplicantSide(row)
    try row.go(on: .receive)
    try row.checkFiveDays(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    violations = try reading.violations(
      of: request.materials,
      for: try reading.item(of: row),
      allowsPaper: true
    )
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    if !request.ticketId.isEmpty { row.ticketID = request.ticketId }
    try writing.attach(request.materials, to: row)
    try writing.transaction.update(&row)
    try writing.transaction.voidCountersignatures(
      of: row.id,
      by: writing.call.pass.subject,
      at: writing.call.now
    )
    return row
  }
}
