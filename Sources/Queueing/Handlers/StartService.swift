package import Messages
internal import Service

extension QueueHandlers {
  /// The called person came.
  ///
  /// - Source: docs/rules/queueing.md, rule Q7
  package func startService(
    _ request: QueueingV1.StartServiceRequest,
    _ call: Writing
  ) throws -> QueueingV1.StartServiceResponse {
    var ticket = try call.ticketOfCaller(request.ticketId)
    ticket.startedAt = call.call.now
    let message = try call.move(&ticket, .start)
    try call.publish(QueueingV1.ServiceStarted(ticket: message), subject: ticket.id)
    return QueueingV1.StartServiceResponse(ticket: message)
  }
}
