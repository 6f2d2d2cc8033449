package import Messages
package import Service

/// What is handed in in one act, without a draft: item, applicant and materials.
package struct Filing {
  /// The item in force.
  package let item: KeptItem
  /// Who applies, with the number as it is kept.
  package let applicant: IntakeV1.Applicant

  /// Checks what is handed in.
  ///
  /// - Throws: all violations at once, or IntakeRefusal/unknownItem(_:).
  /// - Source: docs/rules/intake.md, rule I2
  package init(
    itemCode: String,
    applicant: IntakeV1.Applicant?,
    materials: [IntakeV1.AttachedMaterial],
    in reading: Reading
  ) throws {
    var violations: [Violation] = []
    if itemCode.isEmpty { violations.append(.required("item_code")) }
    if applicant == nil { violations.append(.required("applicant")) }
    let item = itemCode.isEmpty ? nil : try reading.item(itemCode)?.published.item
    if let applicant { violations += reading.violations(of: applicant, for: item) }
    violations += try reading.violations(
      of: materials,
      for: item,
      allowsPaper: reading.call.mayTickOffPaper
    )
    guard violations.isEmpty, let applicant else { throw Refusal.invalid(violations) }
    self.item = try reading.itemInForce(itemCode)
    self.applicant = applicant.canonical
  }
}
