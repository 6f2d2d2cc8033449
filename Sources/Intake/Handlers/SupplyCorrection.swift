internal import Kernel
package import Messages
package import Service

extension IntakeHandlers {
  /// Answers the correction notice, in part or in full.
  ///
  /// A part keeps the same list; the whole opens new five days in which silence accepts. Until
  /// then more files of the notice's materials may follow, which move no day.
  package func supplyCorrection(
    _ request: IntakeV1.SupplyCorrectionRequest,
    _ writing: Writing
  ) throws -> IntakeV1.SupplyCorrectionResponse {
    let reading = writing.reading
    var row = try reading.application(request.number)
    let saysNothing = request.materials.isEmpty && request.answeredGaps.isEmpty
    if row.isCorrected, saysNothing { return try completed(row, reading) }
    try row.go(on: .supplyCorrection)
    try row.checkSupplyDay(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    let violations = try violations(
      of: request,
      row,
      try reading.snapshot.correction(of: row.id),
      reading
    )
    guard violations.isEmpty else { throw Refusal.invalid(violations) }

    try writing.attach(request.materials, to: row)
    let (correction, closed) = try writing.supply(&row, answered: request.answeredGaps)
    if closed == 0, saysNothing {
      throw Refusal.invalid([.required("materials")])
    }
    try writing.transaction.update(&row)
    return IntakeV1.SupplyCorrectionResponse(
      notice: row.notice(correction),
      complete: correction.isComplete,
      revision: row.revision
    )
  }

  /// The answer to who has attached all files before and now says that this is all.
  private func completed(
    _ row: ApplicationRow,
    _ reading: Reading
  ) throws -> IntakeV1.SupplyCorrectionResponse {
    IntakeV1.SupplyCorrectionResponse(
      notice: try reading.notice(of: row),
      complete: true,
      revision: row.revision
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
      noticed: try reading.noticed(of: row),
      allowsPaper: reading.mayTickOffPaper(of: row)
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

extension Writing {
  /// Closes the gaps for which there is a material since the notice, or an answer.
  ///
  /// Where all are closed already nothing changes: what follows the whole never begins the five
  /// days again, so nobody can postpone acceptance.
  ///
  /// - Parameters:
  ///   - row: The application under correction; with the last gap its five days begin anew.
  ///   - answered: The gaps of the form that are answered, by their places in the notice.
  /// - Returns: The notice, and how many of its gaps were closed now.
  /// - Throws: `StoreError`.
  /// - Source: docs/rules/intake.md, rule I6
  func supply(
    _ row: inout ApplicationRow,
    answered: [UInt32] = []
  ) throws -> (correction: Correction, closed: Int) {
    var correction = try transaction.correction(of: row.id)
    guard !row.isCorrected else { return (correction, 0) }
    let supplied = try transaction.materials(of: row.id).filter(\.answersNotice)
    let closed = correction.supply(
      materials: Set(supplied.map(\.materialCode)),
      answered: Set(answered.map(Int.init))
    )
    try transaction.close(gapsOf: correction, of: row)
    if correction.isComplete { try complete(&row) }
    return (correction, closed)
  }

  /// All gaps are closed: new five days, and what is accepted is accepted as of this day.
  private func complete(_ row: inout ApplicationRow) throws {
    row.completedOn = call.today
    try beginFiveDays(of: &row)
    try publish(
      IntakeV1.CorrectionCompleted(
        number: row.number,
        completedOn: row.completedOn?.description ?? "",
        receiptDueOn: row.receiptDue?.description ?? ""
      ),
      subject: row.number,
      basis: "I6"
    )
  }
}

extension ApplicationRow {
  /// Refuses what comes after the applicant's day or, once all gaps are closed, after the five
  /// days, when silence has accepted.
  ///
  /// - Throws: ``IntakeRefusal/correctionExpired(_:)``, ``IntakeRefusal/fiveDaysOver(_:)``.
  /// - Source: docs/rules/intake.md, rules I3, I6 and I7
  package func checkSupplyDay(_ call: Call) throws {
    if isCorrected { return try checkFiveDays(call) }
    guard let answerBy, call.now >= call.legalTime.end(of: answerBy) else { return }
    throw IntakeRefusal.correctionExpired(number)
  }
}
