internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// An entry of the feed as a reader of alerts sees it.
struct AlertEntry: Sendable {
  /// What one act told of one case: entries behind each other with the same of these.
  struct Act: Hashable {
    var instant: Instant
    var subject: String
    var reflects: [String: Int64]
  }

  let position: Int64
  let hall: String
  let act: Act
  /// The alert that it tells of, with its cursor; nil if it is another entry.
  let alert: MonitoringV1.Alert?
  /// The levels of the alerts that a CLEARED ends.
  let clearedGrades: [Grade]

  /// Reads an entry.
  ///
  /// Alerts are never changed in their level, so what it reads of them holds for ever.
  init(_ entry: FeedEntry, _ reading: Reading) throws {
    position = entry.position
    hall = entry.content.hall
    act = Act(
      instant: entry.content.recordedAt,
      subject: entry.content.subject,
      reflects: entry.content.reflects
    )
    guard var alert = try Self.alert(entry, reading) else {
      (alert, clearedGrades) = (nil, [])
      return
    }
    let digits = String(entry.position)
    alert.sequence = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    alert.cursor = AlertCursor.text(entry.position, hash: entry.hash, hall: entry.content.hall)
    // Like the position it stands beside the payload, which the chain's hash covers.
    alert.traceparent = entry.content.trace?.text ?? ""
    self.alert = alert
    clearedGrades = try alert.clearedIds.compactMap { id in
      try reading.snapshot.grade(ofAlert: id, hall: entry.content.hall)
    }
  }

  /// The alert that an entry tells of.
  ///
  /// Calls past this service's own door are told of too: it does
  /// not follow itself, so the entry itself is the alert.
  static func alert(
    _ entry: FeedEntry,
    _ reading: Reading
  ) throws -> MonitoringV1.Alert? {
    switch entry.content.payloadType {
    case MonitoringV1.AlertRaised.fullName:
      return try MonitoringV1.AlertRaised.decode(entry.content.payload).alert
    case GatewayV1.CallsRefused.fullName:
      let event = try GatewayV1.CallsRefused.decode(entry.content.payload)
      guard event.reason == Refusal.bypass.reason else { return nil }
      let instant = entry.content.recordedAt
      return Finding.bypass(event, upstream: "monitoring", position: entry.position, at: instant)
        .alert(
          hall: entry.content.hall,
          discoveredAt: instant,
          in: reading.call.legalTime
        )
    default:
      return nil
    }
  }

  /// Whether a filter lets the alert through; a CLEARED passes for any level that it ends.
  func passes(_ filter: MonitoringV1.AlertFilter) -> Bool {
    guard let alert else { return false }
    func admits<T: Equatable>(_ wanted: [T], _ value: T) -> Bool {
      wanted.isEmpty || wanted.contains(value)
    }
    guard admits(filter.kinds, alert.kind), admits(filter.itemCodes, alert.itemCode),
      admits(filter.departmentCodes, alert.departmentCode)
    else { return false }
    return admits(filter.levels, alert.level)
      || clearedGrades.contains { filter.levels.contains(MonitoringV1.AlertLevel($0)) }
  }
}
