internal import Kernel
internal import Storage

/// Since when clocks are reckoned by a calendar.
struct CalendarVersion {
  /// Which calendar.
  var version: Int64
  /// When it came; 1970 for the first one, which holds for all that was before, and for what an
  /// older program knew.
  var since: Instant

  /// Whether anything was reckoned by another calendar before.
  var hasReplaced: Bool { since > Self.always }

  /// The instant of a calendar that holds for all that was before.
  static let always = Instant(unixMilliseconds: 0)

  init(_ version: Int64, since: Instant) {
    self.version = version
    self.since = since
  }

  fileprivate init(_ row: Row) {
    self.init(row.integer(0), since: row.instant(1))
  }
}

extension Snapshot {
  /// The calendar that came last; nil before the first.
  func newestCalendar(hall: String) throws -> CalendarVersion? {
    try first(
      """
      SELECT version, since FROM calendar_version WHERE hall = ? ORDER BY version DESC LIMIT 1
      """,
      [.text(hall)],
      CalendarVersion.init
    )
  }

  /// The calendar that held at an instant.
  func calendar(at instant: Instant, hall: String) throws -> CalendarVersion? {
    let newest = try newestCalendar(hall: hall)
    guard let newest, newest.since > instant else { return newest }
    return try first(
      """
      SELECT version, since FROM calendar_version
      WHERE hall = ? AND since <= ? ORDER BY version DESC LIMIT 1
      """,
      [.text(hall), Value(instant)],
      CalendarVersion.init
    )
  }

  /// The first calendar behind a version that had come by an instant; nil if none had.
  func calendar(
    after version: Int64,
    by instant: Instant,
    hall: String
  ) throws -> CalendarVersion? {
    try first(
      """
      SELECT version, since FROM calendar_version
      WHERE hall = ? AND version > ? AND since <= ? ORDER BY version LIMIT 1
      """,
      [.text(hall), .integer(version), Value(instant)],
      CalendarVersion.init
    )
  }
}

extension Transaction {
  /// Notes that clocks are reckoned by a calendar from an instant on.
  func insert(_ calendar: CalendarVersion, hall: String) throws {
    try execute(
      "INSERT INTO calendar_version (hall, version, since) VALUES (?, ?, ?)",
      [.text(hall), .integer(calendar.version), Value(calendar.since)]
    )
  }
}
