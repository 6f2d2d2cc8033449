internal import Kernel
package import Messages
internal import Service
internal import Storage

extension QueueHandlers {
  /// Opens a window for a session of the caller, until the end of the day.
  ///
  /// Who opens a window anew gets the same session, unless the window has another letter by now and
  /// is idle. An idle window of another one is taken over, and the caller's other window is closed
  /// if it is idle.
  ///
  /// - Source: docs/rules/queueing.md, rules Q5 and Q6
  package func openWindow(
    _ request: QueueingV1.OpenWindowRequest,
    _ call: Writing
  ) throws -> QueueingV1.OpenWindowResponse {
    let code = request.windowCode
    guard let window = try call.reading.reference(CatalogueV1.Window.self, code) else {
      throw Refusal.notFound(code)
    }
    let (hall, today, subject) = (call.call.hall, call.call.today, call.call.pass.subject)
    let present = try call.transaction.session(hall: hall, day: today, window: code)
    let busy = try call.transaction.ticket(hall: hall, day: today, atWindow: code)
    if let present, present.subject == subject,
      present.letter == window.ticketLetter || busy != nil
    {
      return QueueingV1.OpenWindowResponse(sessionId: present.id, ticketLetter: present.letter)
    }
    let own = try call.transaction.session(hall: hall, day: today, of: subject)
    for session in [present, own?.id == present?.id ? nil : own].compactMap(\.self) {
      try call.refuseBusy(session.windowCode)
      try call.transaction.closeSession(hall: hall, id: session.id, at: call.call.now)
    }
    let session = SessionRow(
      id: call.call.nextIdentifier(),
      windowCode: code,
      letter: window.ticketLetter,
      subject: subject
    )
    try call.transaction.insertSession(session, hall: hall, day: today, at: call.call.now)
    return QueueingV1.OpenWindowResponse(sessionId: session.id, ticketLetter: session.letter)
  }
}

extension Writing {
  /// Refuses if a ticket is called to a window or served there.
  func refuseBusy(_ windowCode: String) throws {
    let ticket = try transaction.ticket(hall: call.hall, day: call.today, atWindow: windowCode)
    if let ticket { throw QueueingRefusal.windowBusy(windowCode, ticket: ticket.number) }
  }
}
