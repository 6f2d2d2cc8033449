internal import Kernel
internal import Storage

/// A window that somebody opened for a day.
struct SessionRow {
  var id: String
  var windowCode: String
  var letter: String
  var subject: String
}

/// The SQL of sessions.
enum SessionQueries {
  static let columns = "id, window_code, ticket_letter, subject"

  static let atWindow = """
    SELECT \(columns) FROM window_session
    WHERE hall = ? AND opened_on = ? AND window_code = ? AND closed_at IS NULL
    """

  static let ofSubject = """
    SELECT \(columns) FROM window_session
    WHERE hall = ? AND opened_on = ? AND subject = ? AND closed_at IS NULL
    """

  static let open = """
    SELECT \(columns) FROM window_session
    WHERE hall = ? AND opened_on = ? AND closed_at IS NULL ORDER BY window_code
    """
}

extension Snapshot {
  /// The session at a window today; nil if it is closed.
  func session(hall: String, day: Day, window code: String) throws -> SessionRow? {
    try first(SessionQueries.atWindow, [.text(hall), Value(day), .text(code)], Self.session)
  }

  /// The session of a person today; nil if there is none.
  func session(hall: String, day: Day, of subject: String) throws -> SessionRow? {
    try first(SessionQueries.ofSubject, [.text(hall), Value(day), .text(subject)], Self.session)
  }

  /// The open sessions of a day, by window.
  func openSessions(hall: String, day: Day) throws -> [SessionRow] {
    try rows(SessionQueries.open, [.text(hall), Value(day)], Self.session)
  }

  private static func session(_ row: Row) -> SessionRow {
    SessionRow(
      id: row.text(0),
      windowCode: row.text(1),
      letter: row.text(2),
      subject: row.text(3)
    )
  }
}

extension Transaction {
  /// Keeps a new session.
  func insertSession(_ session: SessionRow, hall: String, day: Day, at now: Instant) throws {
    try execute(
      """
      INSERT INTO window_session (
        hall, id, window_code, ticket_letter, subject, opened_on, opened_at
      ) VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(hall), .text(session.id), .text(session.windowCode), .text(session.letter),
        .text(session.subject), Value(day), Value(now),
      ]
    )
  }

  /// Ends a session.
  func closeSession(hall: String, id: String, at now: Instant) throws {
    try execute(
      "UPDATE window_session SET closed_at = ? WHERE hall = ? AND id = ?",
      [Value(now), .text(hall), .text(id)]
    )
  }
}
