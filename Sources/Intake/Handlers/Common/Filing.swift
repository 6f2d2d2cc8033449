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
  /// - Parameters:
  ///   - itemCode: The item's code.
  ///   - applicant: Who applies.
  ///   - materials: What is handed in.
  ///   - allowsPaper: Whether a clerk takes it in at a window, and ticks paper off.
  ///   - reading: The call and its part of the store.
  /// - Throws: all violations at once, or IntakeRefusal/unknownItem(_:).
  /// - Source: docs/rules/intake.md, rules I2 and I12
  package init(
    itemCode: String,
    applicant: IntakeV1.Applicant?,
    materials: [IntakeV1.AttachedMaterial],
    allowsPaper: Bool,
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
      allowsPaper: allowsPaper
    )
    guard violations.isEmpty, let applicant else { throw Refusal.invalid(violations) }
    self.item = try reading.itemInForce(itemCode)
    self.applicant = applicant.canonical
  }
}
