internal import Kernel
internal import Storage

/// An alert that was not ended.
struct ActiveAlert: Hashable {
  var number: Int64
  var id: String
  /// The task or procedure; empty if none.
  var part: String
  var dueRevision: Int64
  var grade: Grade
  /// Who was told of it; empty if a program raised it that did not note them.
  var recipients: [String]
}

/// SQL that a test looks at.
enum AlertQueries {
  static let behind = """
    SELECT count(*) FROM (
      SELECT position FROM feed WHERE hall = ? AND payload_type = ? AND position > ?
      ORDER BY position LIMIT ?
    ) AS behind
    """
}

extension Snapshot {
  /// The alerts of a subject and kind that were not ended, in the order of raising.
  func activeAlerts(
    of subject: String,
    _ watched: Watched,
    hall: String
  ) throws -> [ActiveAlert] {
    try rows(
      """
      SELECT number, id, part, due_revision, level, recipients FROM alert
      WHERE hall = ? AND subject = ? AND kind = ? AND is_active = 1 ORDER BY number
      """,
      [.text(hall), .text(subject), .integer(Int64(watched.rawValue))]
    ) { row in
      guard let grade = Grade(rawValue: row.int(4)) else {
        preconditionFailure("The checks of the schema keep the levels of an alert.")
      }
      return ActiveAlert(
        number: row.integer(0),
        id: row.text(1),
        part: row.text(2),
        dueRevision: row.integer(3),
        grade: grade,
        recipients: row.text(5).split(separator: "\n").map(String.init)
      )
    }
  }

  /// How many times alerts of a subject and kind were ended.
  func clearings(of subject: String, _ watched: Watched, hall: String) throws -> Int {
    try first(
      """
      SELECT count(*) FROM alert
      WHERE hall = ? AND subject = ? AND kind = ? AND is_active = 0 AND level = ?
      """,
      [
        .text(hall), .text(subject), .integer(Int64(watched.rawValue)),
        .integer(Int64(Grade.cleared.rawValue)),
      ]
    ) { $0.int(0) } ?? 0
  }

  /// The level of an alert; nil if there is none of that id.
  func grade(ofAlert id: String, hall: String) throws -> Grade? {
    try first(
      "SELECT level FROM alert WHERE hall = ? AND id = ?",
      [.text(hall), .text(id)]
    ) { Grade(rawValue: $0.int(0)) } ?? nil
  }

  /// When an official acknowledged an alert; nil if never.
  func acknowledgement(of id: String, by subject: String, hall: String) throws -> Instant? {
    try first(
      """
      SELECT acknowledged_at FROM alert_acknowledgement
      WHERE hall = ? AND alert_id = ? AND subject = ?
      """,
      [.text(hall), .text(id), .text(subject)]
    ) { $0.instant(0) }
  }

  /// How many alerts the feed holds behind a position, counted up to a bound.
  func alertsBehind(_ position: Int64, type: String, hall: String, most: Int) throws -> Int64 {
    try first(
      AlertQueries.behind,
      [.text(hall), .text(type), .integer(position), .integer(Int64(most))]
    ) { $0.integer(0) } ?? 0
  }
}

extension Transaction {
  /// Keeps an alert, unless it was raised before.
  ///
  /// - Returns: Whether it is new.
  func insertAlert(
    _ key: AlertKey,
    reachedAt: Instant,
    discoveredAt: Instant,
    recipients: [String],
    isActive: Bool,
    hall: String
  ) throws -> Bool {
    try execute(
      """
      INSERT INTO alert
        (hall, id, subject, kind, part, level, due_revision, ordinal, reached_at, discovered_at,
         recipients, is_active)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """,
      [
        .text(hall), .text(key.id), .text(key.subject), .integer(Int64(key.watched.rawValue)),
        .text(key.part), .integer(Int64(key.grade.rawValue)), .integer(key.dueRevision),
        .integer(Int64(key.ordinal)), Value(reachedAt), Value(discoveredAt),
        .text(recipients.joined(separator: "\n")), Value(isActive),
      ]
    ) > 0
  }

  /// Ends an alert.
  func endAlert(_ number: Int64) throws {
    try execute("UPDATE alert SET is_active = 0 WHERE number = ?", [.integer(number)])
  }

  /// Notes that an official has seen an alert.
  func acknowledge(
    _ id: String,
    by subject: String,
    note: String,
    at instant: Instant,
    hall: String
  ) throws {
    try execute(
      """
      INSERT INTO alert_acknowledgement (hall, alert_id, subject, note, acknowledged_at)
      VALUES (?, ?, ?, ?, ?)
      """,
      [.text(hall), .text(id), .text(subject), .text(note), Value(instant)]
    )
  }
}
