internal import Messages
internal import Service

extension Effects {
  /// Follows intake: which case a ticket led to, and the code by which its rating is checked.
  static let intakeForQueueing: Effects = {
    var effects = Effects(of: "intake")
    effects.on(IntakeV1.ApplicationReceived.self) { event, entry, writing in
      try writing.keepCase(
        event.number,
        itemCode: event.itemCode,
        departmentCode: event.departmentCode,
        ticketID: event.ticketId,
        entry
      )
    }
    effects.on(IntakeV1.ApplicationAccepted.self) { event, entry, writing in
      guard let admission = event.admission else { return }
      try writing.keepCase(
        admission.number,
        itemCode: admission.itemCode,
        departmentCode: event.departmentCode,
        ticketID: event.ticketId,
        entry
      )
    }
    return effects
  }()
}

extension Writing {
  fileprivate func keepCase(
    _ number: String,
    itemCode: String,
    departmentCode: String,
    ticketID: String,
    _ entry: FeedV1.Entry
  ) throws {
    let code = try entry.personal(IntakeV1.PersonalPart.self)?.queryCode ?? ""
    try transaction.saveCase(
      hall: call.hall,
      number: number,
      itemCode: itemCode,
      departmentCode: departmentCode,
      queryHash: code.isEmpty ? nil : seal.queryHash(number, code),
      ticketID: ticketID
    )
    if !ticketID.isEmpty {
      try transaction.linkTicket(hall: call.hall, id: ticketID, to: number)
    }
  }
}
