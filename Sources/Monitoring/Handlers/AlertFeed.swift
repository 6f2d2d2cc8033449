internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// Reads alerts off the service's own feed, which is their one truth.
///
/// An atom is what one act told of one case: entries behind each other with the same instant,
/// subject and causes. One act is one commit, so an atom is never seen in parts.
///
/// - Source: docs/rules/monitoring.md, rule M8
struct AlertFeed {
  /// Alerts that were committed together.
  struct Atom {
    var alerts: [MonitoringV1.Alert]
    /// The position behind them.
    var position: Int64
  }

  /// What was found.
  struct Found {
    var atoms: [Atom] = []
    /// The position behind all that was looked at.
    var position: Int64
    /// Whether the end of the feed was not reached.
    var hasMore = false

    var count: Int { atoms.reduce(0) { $0 + $1.alerts.count } }
  }

  /// How many entries one page looks at, however few pass the filter.
  static let most = 2_000

  private struct Key: Hashable {
    var instant: Instant
    var subject: String
    var reflects: [String: Int64]

    init(_ entry: FeedEntry) {
      instant = entry.content.recordedAt
      subject = entry.content.subject
      reflects = entry.content.reflects
    }
  }

  let reading: Reading
  let filters: [MonitoringV1.AlertFilter]

  /// Looks for alerts behind a position.
  ///
  /// - Parameters:
  ///   - position: The position behind which to begin.
  ///   - wanted: How many alerts are enough.
  ///   - splits: Whether a page may end within an atom.
  /// - Returns: What was found, and the position behind all that was looked at.
  /// - Throws: ``MonitoringRefusal`` `CURSOR_TOO_OLD`.
  func look(behind position: Int64, wanted: Int, splits: Bool) throws -> Found {
    var found = Found(position: position)
    var current: Key?
    var looked = 0
    var count = 0
    while true {
      let page = try reading.snapshot.feedEntries(after: found.position, limit: 200)
      try checkNothingIsMissing(behind: found.position, page.first)
      guard !page.isEmpty else { return found }
      for entry in page {
        let key = Key(entry)
        if key != current, looked >= Self.most || (!splits && count >= wanted) {
          found.hasMore = true
          return found
        }
        let alert = try alert(of: entry)
        if alert != nil, splits, count >= wanted {
          found.hasMore = true
          return found
        }
        looked += 1
        found.position = entry.position
        guard let alert else {
          current = key
          continue
        }
        count += 1
        if key == current, let last = found.atoms.indices.last {
          found.atoms[last].alerts.append(alert)
          found.atoms[last].position = entry.position
        } else {
          found.atoms.append(Atom(alerts: [alert], position: entry.position))
        }
        current = key
      }
    }
  }

  private func checkNothingIsMissing(behind position: Int64, _ first: FeedEntry?) throws {
    guard let first, first.position != position + 1 else { return }
    throw MonitoringRefusal.cursorTooOld(
      oldest: AlertCursor.text(first.position - 1, hall: reading.call.hall)
    )
  }

  /// The alert of an entry; nil if it is none, of another hall, or hidden by a filter.
  private func alert(of entry: FeedEntry) throws -> MonitoringV1.Alert? {
    let hall = reading.call.hall
    guard entry.content.hall == hall, var alert = try Self.alert(entry, reading) else { return nil }
    for filter in filters {
      guard try passes(alert, filter) else { return nil }
    }
    let digits = String(entry.position)
    alert.sequence = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    alert.cursor = AlertCursor.text(entry.position, hall: hall)
    return alert
  }

  /// The alert that an entry tells of.
  ///
  /// Calls past this service's own door are told of too: it does
  /// not follow itself, so the entry itself is the alert.
  static func alert(_ entry: FeedEntry, _ reading: Reading) throws -> MonitoringV1.Alert? {
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

  private func passes(
    _ alert: MonitoringV1.Alert,
    _ filter: MonitoringV1.AlertFilter
  ) throws
    -> Bool
  {
    func admits<T: Equatable>(_ wanted: [T], _ value: T) -> Bool {
      wanted.isEmpty || wanted.contains(value)
    }
    guard admits(filter.kinds, alert.kind), admits(filter.itemCodes, alert.itemCode),
      admits(filter.departmentCodes, alert.departmentCode)
    else { return false }
    if admits(filter.levels, alert.level) { return true }
    guard alert.level == .cleared else { return false }
    return try alert.clearedIds.contains { id in
      let grade = try reading.snapshot.grade(ofAlert: id, hall: reading.call.hall)
      return grade.map { filter.levels.contains(MonitoringV1.AlertLevel($0)) } ?? false
    }
  }
}
