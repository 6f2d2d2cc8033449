internal import Kernel
internal import Storage

/// Since when due days are reckoned by a calendar.
struct CalendarVersion: Sendable, Hashable {
  /// Which calendar.
  var version: Int64
  /// When it came; 1970 for the first one, which holds for all that was before, and for what an
  /// older program knew.
  var since: Instant

  /// The instant of a calendar that holds for all that was before.
  static let always = Instant(unixMilliseconds: 0)
}

/// The SQL of the calendars' table.
enum CalendarQueries {
  static let at = """
    SELECT version, since FROM calendar_version
    WHERE hall = ? AND since <= ? ORDER BY version DESC LIMIT 1
    """

  static let after = """
    SELECT version, since FROM calendar_version WHERE hall = ? AND version > ? ORDER BY version
    """

  static let insert = "INSERT INTO calendar_version (hall, version, since) VALUES (?, ?, ?)"
}

extension Snapshot {
  /// The calendar that held at an instant and those that came after it, in this order; none before
  /// the first.
  func calendars(from instant: Instant, hall: String) throws -> [CalendarVersion] {
    let held = try first(CalendarQueries.at, [.text(hall), Value(instant)], Self.calendar)
    guard let held else { return [] }
    let later = try rows(
      CalendarQueries.after,
      [.text(hall), .integer(held.version)],
      Self.calendar
    )
    return [held] + later
  }

  private static func calendar(_ row: Row) -> CalendarVersion {
    CalendarVersion(version: row.integer(0), since: row.instant(1))
  }
}

extension Transaction {
  /// Notes that due days are reckoned by a calendar from an instant on.
  func insert(_ calendar: CalendarVersion, hall: String) throws {
    try execute(
      CalendarQueries.insert,
      [.text(hall), .integer(calendar.version), Value(calendar.since)]
    )
  }
}
