internal import Kernel
package import Messages
internal import Service
internal import Storage

extension RatingHandlers {
  /// Rates a case by number and query code, or a visit by its ticket; once each.
  ///
  /// - Source: docs/rules/queueing.md, rules Q8 to Q10; docs/rules/intake.md, rule I9
  package func rate(
    _ request: QueueingV1.RateRequest,
    _ call: Writing
  ) throws -> QueueingV1.RateResponse {
    let thing = try thing(of: request, call)
    let subject = request.caseNumber.isEmpty ? request.ticketId : request.caseNumber
    let hall = call.call.hall
    guard try !call.transaction.isRated(thing, hall: hall) else {
      throw QueueingRefusal.alreadyRated(subject)
    }
    let id = call.call.nextIdentifier()
    let comment =
      try request.comment.isEmpty
      ? nil
      : call.seal.seal(
        Array(request.comment.utf8),
        nonce: call.call.surroundings.randomBytes(12)
      )
    try call.transaction.insertRating(
      id,
      of: thing,
      satisfaction: Int64(request.satisfaction.rawValue),
      comment: comment,
      hall: hall,
      at: call.call.now
    )
    var event = QueueingV1.Rated(
      ratingId: id,
      caseNumber: request.caseNumber,
      ticketId: request.ticketId,
      satisfaction: request.satisfaction
    )
    switch thing {
    case .ofCase(_, let department): event.departmentCode = department
    case .visit(let id): try event.tell(of: call.transaction.ticket(hall: hall, id: id))
    }
    try call.publish(event, subject: subject)
    return QueueingV1.RateResponse(ratingId: id)
  }

  /// What is rated, if it may be rated now.
  private func thing(of request: QueueingV1.RateRequest, _ call: Writing) throws -> RatedThing {
    guard request.caseNumber.isEmpty != request.ticketId.isEmpty else {
      throw Refusal.invalid(
        field: "case_number",
        reason: "ONE_OF",
        zh: "办件编号与号票须且只须填一个",
        en: "either a case or a ticket is needed, and only one of them"
      )
    }
    if request.caseNumber.isEmpty {
      let ticket = try call.transaction.ticket(hall: call.call.hall, id: request.ticketId)
      guard let ticket else { throw Refusal.notFound(request.ticketId) }
      guard ticket.state == .done else { throw QueueingRefusal.notYet(request.ticketId) }
      return .visit(ticketID: ticket.id)
    }
    guard !request.queryCode.isEmpty else {
      throw Refusal.invalid(
        field: "query_code",
        reason: "REQUIRED",
        zh: "须填写回执上的六位查询码",
        en: "the six digits of the receipt are needed"
      )
    }
    let number = request.caseNumber
    try lookups.check(number, for: call)
    let row = try call.transaction.ratedCase(hall: call.call.hall, number: number)
    // A wrong code and a missing case answer alike, so that neither can be told from the other.
    guard let row, row.queryHash == call.seal.queryHash(number, request.queryCode) else {
      lookups.failed(number, for: call)
      throw Refusal.notFound(number)
    }
    lookups.succeeded(number, for: call)
    guard row.decidedAt != nil else { throw QueueingRefusal.notYet(number) }
    return .ofCase(number: number, department: row.departmentCode)
  }
}

extension Seal {
  /// The keyed hash by which a query code is checked: that of two cases with one code differ.
  func queryHash(_ number: String, _ code: String) -> [UInt8] {
    hash("query-code", Array("\(number)\n\(code)".utf8))
  }
}
