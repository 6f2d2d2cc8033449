internal import Kernel
internal import Storage

/// Attempts of one kind from one source within a minute.
struct RefusedAttempt: Sendable, Hashable {
  /// What makes attempts one kind.
  struct Kind: Sendable, Hashable {
    var hall: String
    var source: String
    var reason: String
    var method: String
  }

  /// Ascending; 0 before it is stored.
  var id: Int64 = 0
  var kind: Kind
  /// The beginning of the minute in the hall's time.
  var minute: Instant
  var count: Int64
}

extension Snapshot {
  /// A hall's attempts, newest first, behind a mark.
  func refusedAttempts(
    hall: String,
    before mark: (minute: Instant, id: Int64)?,
    limit: Int
  ) throws -> [RefusedAttempt] {
    let mark = mark ?? (Instant(unixMilliseconds: .max), .max)
    return try rows(
      """
      SELECT id, source, reason, method, minute, count FROM refused_attempt
      WHERE hall = ? AND (minute, id) < (?, ?)
      ORDER BY minute DESC, id DESC LIMIT ?
      """,
      [.text(hall), Value(mark.minute), .integer(mark.id), Value(limit)]
    ) { row in
      RefusedAttempt(
        id: row.integer(0),
        kind: RefusedAttempt.Kind(
          hall: hall,
          source: row.text(1),
          reason: row.text(2),
          method: row.text(3)
        ),
        minute: row.instant(4),
        count: row.integer(5)
      )
    }
  }
}

extension Transaction {
  /// Adds attempts to those of the same kind and minute.
  func add(_ attempt: RefusedAttempt) throws {
    try execute(
      """
      INSERT INTO refused_attempt (hall, minute, source, reason, method, count)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, minute, source, reason, method)
      DO UPDATE SET count = refused_attempt.count + excluded.count
      """,
      [
        .text(attempt.kind.hall), Value(attempt.minute), .text(attempt.kind.source),
        .text(attempt.kind.reason), .text(attempt.kind.method), .integer(attempt.count),
      ]
    )
  }

  /// Forgets old attempts of a hall, at most so many.
  func forgetAttempts(hall: String, before minute: Instant, limit: Int) throws {
    try execute(
      """
      DELETE FROM refused_attempt WHERE id IN (
        SELECT id FROM refused_attempt WHERE hall = ? AND minute < ? ORDER BY minute LIMIT ?
      )
      """,
      [.text(hall), Value(minute), Value(limit)]
    )
  }
}
