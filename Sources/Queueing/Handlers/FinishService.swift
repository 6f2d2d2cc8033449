package import Messages
internal import Service

extension QueueHandlers {
  /// The service at the window is finished.
  ///
  /// - Source: docs/rules/queueing.md, rule Q7
  package func finishService(
    _ request: QueueingV1.FinishServiceRequest,
    _ call: Writing
  ) throws -> QueueingV1.FinishServiceResponse {
    var ticket = try call.ticketOfCaller(request.ticketId)
    ticket.finishedAt = call.call.now
    let message = try call.move(&ticket, .finish)
    try call.publish(QueueingV1.ServiceFinished(ticket: message), subject: ticket.id)
    return QueueingV1.FinishServiceResponse(ticket: message)
  }
}
