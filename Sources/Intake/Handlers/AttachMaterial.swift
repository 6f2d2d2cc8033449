package import Messages
internal import Service

extension IntakeHandlers {
  /// Attaches a file to a draft, or to an application under correction, where it closes its gap.
  ///
  /// Where all gaps are closed and nobody has accepted yet, it is one more of a material of the
  /// notice, and moves no day.
  package func attachMaterial(
    _ request: IntakeV1.AttachMaterialRequest,
    _ writing: Writing
  ) throws -> IntakeV1.AttachMaterialResponse {
    let reading = writing.reading
    var row = try reading.application(request.number)
    guard row.state == .draft || row.state == .correction else {
      throw IntakeRefusal.wrongState(row.number, row.state)
    }
    if row.state == .correction { try row.checkSupplyDay(writing.call) }
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    let materials = request.material.map { [$0] } ?? []
    let violations = try reading.violations(
      of: materials,
      for: try reading.item(of: row),
      noticed: try reading.noticed(of: row),
      allowsPaper: reading.mayTickOffPaper(of: row),
      field: { _ in "material" }
    )
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    try writing.attach(materials, to: row)
    if row.state == .correction { _ = try writing.supply(&row) }
    try writing.transaction.update(&row)
    return IntakeV1.AttachMaterialResponse(application: try reading.message(of: row))
  }
}
