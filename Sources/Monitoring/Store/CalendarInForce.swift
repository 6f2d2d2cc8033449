internal import Kernel
internal import Storage

/// The calendar by which clocks are reckoned.
struct CalendarInForce {
  /// Its version.
  var version: Int64
  /// When it came; nil for the first one, and for one that came under an older program.
  var since: Instant?
}

extension Snapshot {
  /// The calendar by which clocks are reckoned; nil before the first.
  func calendarInForce(hall: String) throws -> CalendarInForce? {
    try first("SELECT version, since FROM calendar_state WHERE hall = ?", [.text(hall)]) {
      CalendarInForce(version: $0.integer(0), since: $0.optionalInstant(1))
    }
  }
}

extension Transaction {
  /// Notes by which calendar clocks are reckoned from now on.
  func save(_ calendar: CalendarInForce, hall: String) throws {
    try execute(
      """
      INSERT INTO calendar_state (hall, version, since) VALUES (?, ?, ?)
      ON CONFLICT (hall) DO UPDATE SET version = excluded.version, since = excluded.since
      """,
      [.text(hall), .integer(calendar.version), Value(calendar.since)]
    )
  }
}
