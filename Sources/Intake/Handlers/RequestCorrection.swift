internal import Kernel
package import Messages
internal import Service

extension IntakeHandlers {
  /// Tells the applicant once and completely what is missing.
  ///
  /// The five days are over with it, and the applicant's 30 natural days begin.
  package func requestCorrection(
    _ request: IntakeV1.RequestCorrectionRequest,
    _ writing: Writing
  ) throws -> IntakeV1.RequestCorrectionResponse {
    let reading = writing.reading
    var row = try reading.application(request.number)
    try reading.refuseApplicantSide(row)
    guard row.notifiedOn == nil else {
      throw IntakeRefusal.correctionAlreadyRequested(row.number)
    }
    try row.go(on: .requestCorrection)
    try row.checkFiveDays(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    let violations = violations(of: request.gaps, for: try reading.item(of: row))
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    let correction = Correction(
      gaps: request.gaps.map {
        Correction.Gap(materialCode: $0.materialCode, demand: $0.demand)
      }
    )
    let answerBy = Correction.answerBy(noticeOn: writing.call.today, in: try reading.calendar())
    row.notifiedOn = writing.call.today
    row.answerBy = answerBy
    row.stamp += 1
    try writing.setTimer(
      IntakeTimer.correctionExpiry,
      subject: row.number,
      stamp: row.stamp,
      due: writing.call.legalTime.end(of: answerBy)
    )
    try writing.transaction.insert(correction, of: row)
    try writing.transaction.update(&row)
    try writing.transaction.voidCountersignatures(
      of: row.id,
      by: writing.call.pass.subject,
      at: writing.call.now
    )
    let notice = row.notice(correction)
    try writing.publish(
      IntakeV1.CorrectionRequested(number: row.number, notice: notice),
      subject: row.number,
      basis: "I5",
      onBehalfOf: try reading.standsInFor()
    )
    return IntakeV1.RequestCorrectionResponse(notice: notice, revision: row.revision)
  }

  private func violations(of gaps: [IntakeV1.Gap], for item: CatalogueV1.Item) -> [Violation] {
    var violations: [Violation] = []
    var seen: Set<String> = []
    for (index, gap) in gaps.enumerated() where !gap.materialCode.isEmpty {
      let field = "gaps[\(index)].material_code"
      if !item.materials.contains(where: { $0.code == gap.materialCode }) {
        violations.append(.unknownMaterial(field))
      } else if !seen.insert(gap.materialCode).inserted {
        violations.append(
          Violation(
            field: field,
            reason: "DUPLICATE",
            messageZh: "同一材料只列一次",
            messageEn: "is listed before"
          )
        )
      }
    }
    return violations
  }
}
