internal import Kernel
internal import Law
package import Messages
internal import Service

extension IntakeHandlers {
  /// Where an application is, why this date, what next, whom to call: for whoever has the number
  /// and the query code.
  ///
  /// A wrong number and a wrong code get the same answer, so that neither can be guessed alone.
  package func trackApplication(
    _ request: IntakeV1.TrackApplicationRequest,
    _ reading: Reading
  ) throws -> IntakeV1.TrackApplicationResponse {
    try lookups.check(request.number, for: reading.call)
    // The code is reckoned first: a number that does not exist costs as much as one that does.
    let isGenuine = QueryCode.isEqual(reading.queryCode(of: request.number), request.queryCode)
    let found = try reading.snapshot.application(
      hall: reading.call.hall,
      number: request.number
    )
    guard isGenuine, let row = found, row.state != .draft else {
      lookups.failed(request.number, for: reading.call)
      throw Refusal.notFound(request.number)
    }
    lookups.succeeded(request.number, for: reading.call)
    let department = try reading.department(row.departmentCode)
    let next = row.state.next(isComplete: row.isCorrected)
    let gaps = row.state == .correction ? try reading.snapshot.correction(of: row.id).open : []
    return IntakeV1.TrackApplicationResponse(
      number: row.number,
      itemName: try reading.itemName(of: row),
      departmentName: department?.name ?? "",
      state: row.state.message,
      stateZh: row.state.text.zh,
      stateEn: row.state.text.en,
      due: try due(of: row, reading),
      nextZh: next.zh,
      nextEn: next.en,
      openGaps: gaps.map(\.message),
      consultPhone: department?.consultPhone ?? "",
      certificateNumber: row.certificateNumber,
      refusal: try reading.refusal(of: row)
    )
  }

  /// The term that runs: of the five days, of the applicant, of the promise or of the delivery.
  private func due(of row: ApplicationRow, _ reading: Reading) throws -> CommonV1.DueDate? {
    func reckoned(
      _ start: Day?,
      _ term: Term,
      until held: Day? = nil
    ) throws -> CommonV1.DueDate? {
      guard let start else { return nil }
      return TermClock(start: start, term: term, heldUntil: held)
        .message(in: try reading.calendar(), asOf: reading.call.today, byDay: true)
    }
    switch row.state {
    case .submitted, .received:
      return try reckoned(row.receiptStart, .receipt, until: row.receiptDue)
    case .correction:
      return row.isCorrected
        ? try reckoned(row.receiptStart, .receipt, until: row.receiptDue)
        : try reckoned(row.notifiedOn, .correction, until: row.answerBy)
    case .accepted, .reviewing, .suspended:
      guard let accepted = row.acceptedOn else { return nil }
      return try reading.clocks(of: row, acceptedOn: accepted).promised?.message(byDay: true)
    case .granted, .certified:
      return try reckoned(row.decidedOn, .delivery)
    case .draft, .refused, .withdrawn, .returned, .denied, .delivered:
      return nil
    }
  }
}
