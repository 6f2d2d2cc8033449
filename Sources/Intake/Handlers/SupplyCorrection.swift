internal import Kernel
package import Messages
package import Service

extension IntakeHandlers {
  /// Answers the correction notice, in part or in full.
  ///
  /// A part keeps the same list; the whole opens new five days in which silence accepts.
  package func supplyCorrection(
    _ request: IntakeV1.SupplyCorrectionRequest,
    _ writing: Writing
  ) throws -> IntakeV1.SupplyCorrectionResponse {
    let reading = writing.reading
    var row = try reading.application(request.number)
    guard !row.isCorrected else { throw IntakeRefusal.wrongState(row.number, row.state) }
    try row.go(on: .supplyCorrection)
    try row.checkAnswerDay(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    var correction = try reading.snapshot.correction(of: row.id)
    let violations = try violations(of: request, row, correction, reading)
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    try writing.attach(request.materials, to: row)
    let supplied = try reading.snapshot.materials(of: row.id).filter(\.answersNotice)
    let closed = correction.supply(
      materials: Set(supplied.map(\.materialCode)),
      answered: Set(request.answeredGaps.map(Int.init))
    )
    if closed == 0, request.materials.isEmpty, request.answeredGaps.isEmpty {
      throw Refusal.invalid([.required("materials")])
    }
    try writing.transaction.close(gapsOf: correction, of: row)
    if correction.isComplete { try complete(&row, writing) }
    try writing.transaction.update(&row)
    return IntakeV1.SupplyCorrectionResponse(
      notice: row.notice(correction),
      complete: correction.isComplete,
      revision: row.revision
    )
  }

  /// All gaps are closed: new five days, and what is accepted is accepted as of this day.
  private func complete(_ row: inout ApplicationRow, _ writing: Writing) throws {
    row.completedOn = writing.call.today
    try writing.beginFiveDays(of: &row)
    try writing.publish(
      IntakeV1.CorrectionCompleted(
        number: row.number,
        completedOn: row.completedOn?.description ?? "",
        receiptDueOn: row.receiptDue?.description ?? ""
      ),
      subject: row.number,
      basis: "I6"
    )
  }

  private func violations(
    of request: IntakeV1.SupplyCorrectionRequest,
    _ row: ApplicationRow,
    _ correction: Correction,
    _ reading: Reading
  ) throws -> [Violation] {
    var violations = try reading.violations(
      of: request.materials,
      for: try reading.item(of: row),
      allowsPaper: reading.call.mayTickOffPaper
    )
    for (index, gap) in request.answeredGaps.enumerated() {
      guard let fault = correction.fault(answering: Int(gap)) else { continue }
      violations.append(
        Violation(
          field: "answered_gaps[\(index)]",
          reason: fault == .noSuchGap ? "OUT_OF_RANGE" : "NEEDS_MATERIAL",
          messageZh: fault == .noSuchGap ? "告知书没有此项" : "此项须以材料补正",
          messageEn: fault == .noSuchGap
            ? "the notice has no such gap" : "the gap is closed by its material"
        )
      )
    }
    return violations
  }
}

extension ApplicationRow {
  /// Refuses what comes after the applicant's day.
  ///
  /// - Throws: ``IntakeRefusal/correctionExpired(_:)``.
  package func checkAnswerDay(_ call: Call) throws {
    guard let answerBy, call.now >= call.legalTime.end(of: answerBy) else { return }
    throw IntakeRefusal.correctionExpired(number)
  }
}
