package import Messages
package import Service
internal import Storage

extension AlertHandlers {
  /// How far the lag of a consumer is counted; a longer one is answered as this.
  ///
  /// A commit is an ordinary write, so the count must not take longer than one.
  static let countedLag = 10_000

  /// Notes how far a named consumer has come.
  package func commitCursor(
    _ request: MonitoringV1.CommitCursorRequest,
    _ call: Service.Writing
  ) throws -> MonitoringV1.CommitCursorResponse {
    let hall = call.call.hall
    let consumer = try call.reading.consumer(request.consumer)
    let position = try AlertCursor.position(request.cursor, call.reading)
    guard position >= consumer.position else {
      throw MonitoringRefusal.cursorBackwards(
        committed: try AlertCursor.text(consumer.position, call.reading)
      )
    }
    try call.transaction.commit(position, of: consumer.name, hall: hall)
    let lag = try call.transaction.alertsBehind(
      position,
      type: MonitoringV1.AlertRaised.fullName,
      hall: hall,
      most: Self.countedLag
    )
    return .init(lag: lag)
  }
}
