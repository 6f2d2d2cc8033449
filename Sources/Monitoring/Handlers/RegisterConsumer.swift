package import Messages
package import Service
internal import Storage

extension AlertHandlers {
  /// Names a consumer whose cursor the service keeps.
  package func registerConsumer(
    _ request: MonitoringV1.RegisterConsumerRequest,
    _ call: Service.Writing
  ) throws -> MonitoringV1.RegisterConsumerResponse {
    let hall = call.call.hall
    let isOperator = call.call.pass.roles.contains(.operator)
    let owner = isOperator ? "" : call.call.pass.owner
    let filter = (request.filter ?? MonitoringV1.AlertFilter()).encode()
    if let known = try call.transaction.consumer(request.name, hall: hall) {
      guard known.filter == filter, known.owner == owner else {
        throw MonitoringRefusal.consumerExists(request.name)
      }
      return .init(
        name: known.name,
        cursor: try AlertCursor.text(known.position, call.reading)
      )
    }
    let position = try AlertCursor.position(request.cursor, call.reading)
    try call.transaction.insert(
      ConsumerRow(name: request.name, owner: owner, filter: filter, position: position),
      hall: hall
    )
    return .init(name: request.name, cursor: try AlertCursor.text(position, call.reading))
  }
}
