internal import Kernel
package import Messages
internal import Service
internal import Storage

extension QueueHandlers {
  /// Calls the next ticket to the caller's window; answers without one if nobody waits.
  ///
  /// - Source: docs/rules/queueing.md, rules Q4 to Q6
  package func callNext(
    _ request: QueueingV1.CallNextRequest,
    _ call: Writing
  ) throws -> QueueingV1.CallNextResponse {
    let code = request.windowCode
    guard try call.reading.reference(CatalogueV1.Window.self, code) != nil else {
      throw Refusal.notFound(code)
    }
    let (hall, today, subject) = (call.call.hall, call.call.today, call.call.pass.subject)
    let session = try call.transaction.session(hall: hall, day: today, window: code)
    guard let session, session.subject == subject else {
      throw QueueingRefusal.windowNotOpen(code)
    }
    try call.refuseBusy(code)
    guard let next = try next(session.letter, call) else { return QueueingV1.CallNextResponse() }
    var ticket = next.ticket
    ticket.windowCode = code
    ticket.calledBy = subject
    ticket.calledPost = call.call.post.isEmpty ? nil : call.call.post
    ticket.calledAt = call.call.now
    let message = try call.move(&ticket, .call, callSequence: next.callSequence)
    try call.publish(QueueingV1.TicketCalled(ticket: message), subject: ticket.id)
    return QueueingV1.CallNextResponse(ticket: message)
  }

  /// The ticket of a letter whose turn it is, and the number of its call.
  private func next(
    _ letter: String,
    _ call: Writing
  ) throws -> (ticket: TicketRow, callSequence: Int64)? {
    let (hall, today) = (call.call.hall, call.call.today)
    var waiting: [TicketClass: TicketRow] = [:]
    for ticketClass in TicketClass.allCases {
      waiting[ticketClass] = try call.transaction.firstWaiting(
        hall: hall,
        day: today,
        letter: letter,
        ticketClass
      )
    }
    func calls(
      upTo ticketClass: TicketClass
    ) throws -> [(sequence: Int64, ticketClass: TicketClass)] {
      try call.transaction.calls(hall: hall, day: today, letter: letter, upTo: ticketClass)
    }
    let recent = try calls(upTo: .ordinary)
    let ticketClass = CallOrder.next(
      waiting: Set(waiting.keys),
      recent: recent.map(\.ticketClass),
      recentHigher: try calls(upTo: .care).map(\.ticketClass)
    )
    guard let ticketClass, let ticket = waiting[ticketClass] else { return nil }
    return (ticket, (recent.first?.sequence ?? 0) + 1)
  }
}

extension Writing {
  /// Moves a ticket on by the table of states.
  ///
  /// - Returns: As it is then.
  /// - Throws: ``QueueingRefusal`` `WRONG_STATE` for what is not in the table.
  func move(
    _ ticket: inout TicketRow,
    _ act: TicketAct,
    callSequence: Int64? = nil
  ) throws -> QueueingV1.Ticket {
    let before = ticket.state
    guard let state = before.after(act) else {
      throw QueueingRefusal.wrongTicketState(ticket.number, before)
    }
    ticket.state = state
    let hasMoved = try transaction.moveTicket(
      ticket,
      from: before,
      callSequence: callSequence,
      hall: call.hall
    )
    guard hasMoved else { throw QueueingRefusal.wrongTicketState(ticket.number, before) }
    return ticket.message()
  }

  /// A ticket that the caller called, or that was called to the window that the caller has open.
  ///
  /// - Throws: `NOT_FOUND`, or `OTHER_WINDOW` if somebody else called it.
  func ticketOfCaller(_ id: String) throws -> TicketRow {
    guard let ticket = try transaction.ticket(hall: call.hall, id: id) else {
      throw Refusal.notFound(id)
    }
    guard let window = ticket.windowCode, ticket.calledBy != call.pass.subject else {
      return ticket
    }
    let session = try transaction.session(hall: call.hall, day: call.today, window: window)
    guard session?.subject == call.pass.subject else { throw QueueingRefusal.otherWindow(id) }
    return ticket
  }
}
