internal import Kernel
package import Messages
package import Service
internal import Storage

extension AlertHandlers {
  /// Notes that an official has seen an alert; not the same as CommitCursor.
  ///
  /// Each official acknowledges an alert once; a second time answers the first.
  package func acknowledgeAlert(
    _ request: MonitoringV1.AcknowledgeAlertRequest,
    _ call: Service.Writing
  ) throws -> MonitoringV1.AcknowledgeAlertResponse {
    let hall = call.call.hall
    let subject = call.call.pass.subject
    guard try call.reading.isAlert(request.alertId) else {
      throw Refusal.notFound(request.alertId)
    }
    let before = try call.transaction.acknowledgement(
      of: request.alertId,
      by: subject,
      hall: hall
    )
    if let before {
      return .init(acknowledgedAt: GoogleProtobuf.Timestamp(before))
    }
    try call.transaction.acknowledge(
      request.alertId,
      by: subject,
      note: request.note,
      at: call.call.now,
      hall: hall
    )
    try call.publish(
      MonitoringV1.AlertAcknowledged(
        alertId: request.alertId,
        subject: subject,
        note: request.note
      ),
      subject: request.alertId
    )
    return .init(acknowledgedAt: GoogleProtobuf.Timestamp(call.call.now))
  }
}

extension Service.Reading {
  /// Whether there is an alert of an id.
  ///
  /// Those of this service's own door have no row.
  fileprivate func isAlert(_ id: String) throws -> Bool {
    if try snapshot.grade(ofAlert: id, hall: call.hall) != nil { return true }
    let parts = id.split(separator: ":")
    guard parts.count == 5, parts[0] == "monitoring", let position = Int64(parts[2]),
      position > 0, let entry = try snapshot.feedEntries(after: position - 1, limit: 1).first,
      entry.position == position, entry.content.hall == call.hall
    else { return false }
    return try AlertEntry.alert(entry, self)?.id == id
  }
}
