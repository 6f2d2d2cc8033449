package import Messages
package import Service
internal import Storage

extension AlertHandlers {
  /// Reads a page of alerts behind a cursor.
  package func readAlerts(
    _ request: MonitoringV1.ReadAlertsRequest,
    _ call: Service.Reading
  ) throws -> MonitoringV1.ReadAlertsResponse {
    let start = try AlertCursor.position(request.cursor, call)
    let found = try AlertFeed(reading: call, filters: request.filter.map { [$0] } ?? [])
      .look(
        behind: start,
        wanted: request.limit == 0 ? Paging.usual : Int(request.limit),
        splits: true
      )
    return MonitoringV1.ReadAlertsResponse(
      alerts: found.atoms.flatMap(\.alerts),
      cursor: try AlertCursor.text(found.position, call),
      more: found.hasMore
    )
  }
}
