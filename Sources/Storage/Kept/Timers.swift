package import Kernel

/// What must happen later.
package struct TimerRow: Sendable, Hashable {
  /// The store's own number, unique among the timers that are there.
  package var id: Int64
  /// The hall that it belongs to.
  package var hall: String
  /// Which of the service's timers it is, for example `deemed-acceptance`.
  package var kind: String
  /// What it is about, for example a case number.
  package var subject: String
  /// The stamp that the subject had when the timer was set.
  package var stamp: Int64
  /// The instant that it was set to, in the hall's time: what its effect names.
  package var due: Instant
  /// When it fires: `due`, or later after a failed try.
  package var fireAt: Instant
  /// How many tries failed.
  package var attempts: Int
  /// What else the service wants to be told.
  package var payload: [UInt8]
  /// The trace of the call or entry that set it; nil if there is none.
  package var trace: TraceContext?
}

/// The SQL of the timers' table.
enum TimerQueries {
  static let insert = """
    INSERT INTO timer (hall, kind, subject, stamp, due_at, fire_at, attempts, payload,
      traceparent)
    VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
    """

  static let again = """
    INSERT INTO timer (id, hall, kind, subject, stamp, due_at, fire_at, attempts, payload,
      traceparent)
    VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
    """

  static let due = """
    SELECT id, hall, kind, subject, stamp, due_at, fire_at, attempts, payload, traceparent
    FROM timer WHERE fire_at <= ? ORDER BY fire_at, id LIMIT ?
    """

  static let next = "SELECT min(fire_at) FROM timer"

  // By fire_at first: few timers are due at any time, and there is no index by subject.
  static let pending = """
    SELECT due_at FROM timer
    WHERE fire_at < ? AND hall = ? AND kind = ? AND subject = ? AND stamp = ? LIMIT 1
    """

  static let remove = "DELETE FROM timer WHERE id = ?"

  static let postpone = """
    UPDATE timer SET fire_at = ?, attempts = attempts + 1 WHERE id = ? AND fire_at = ?
    """
}

extension Snapshot {
  /// The timers that fire now or should have fired, the earliest first.
  ///
  /// - Parameters:
  ///   - now: The hall's present.
  ///   - limit: How many at most; never more than `Limits.timerPage`.
  /// - Returns: them, by `fireAt` and then by id.
  /// - Throws: `StoreError`.
  package func dueTimers(now: Instant, limit: Int) throws -> [TimerRow] {
    let count = max(0, min(limit, Limits.timerPage))
    return try rows(TimerQueries.due, [Value(now), .integer(Int64(count))]) { row in
      TimerRow(
        id: row.integer(0),
        hall: row.text(1),
        kind: row.text(2),
        subject: row.text(3),
        stamp: row.integer(4),
        due: row.instant(5),
        fireAt: row.instant(6),
        attempts: row.int(7),
        payload: row.blob(8),
        trace: row.trace(9)
      )
    }
  }

  /// For when a timer was set that should have fired before an instant and has yet to do so; nil if
  /// there is none.
  ///
  /// - Throws: `StoreError`.
  package func pendingTimer(
    kind: String,
    subject: String,
    stamp: Int64,
    hall: String,
    before instant: Instant
  ) throws -> Instant? {
    try first(
      TimerQueries.pending,
      [Value(instant), .text(hall), .text(kind), .text(subject), .integer(stamp)]
    ) { $0.instant(0) }
  }

  /// When the next timer fires, or nil if there is none.
  package func nextTimer() throws -> Instant? {
    try first(TimerQueries.next) { $0.optionalInstant(0) } ?? nil
  }
}

extension Transaction {
  /// Sets a timer.
  ///
  /// Timers are never cancelled. The subject's own row holds a stamp; who makes its timers void
  /// raises the stamp by one, in the same transaction, and sets new ones. When a timer fires, its
  /// handler compares the stamps, does nothing if they differ, and removes the timer in any case.
  ///
  /// - Parameters:
  ///   - kind: Which of the service's timers it is.
  ///   - subject: What it is about, for example a case number.
  ///   - stamp: The stamp that the subject has now.
  ///   - due: When it fires, in the hall's time; it may lie in the past.
  ///   - hall: The hall of the subject.
  ///   - payload: What else the handler wants to be told.
  ///   - isContinuation: Whether it goes on with what the unit began, which is more than one batch
  ///     should do.
  ///   - trace: The trace in which it is set, and in which its effect goes on.
  /// - Throws: `StoreError`.
  package func setTimer(
    kind: String,
    subject: String,
    stamp: Int64,
    due: Instant,
    hall: String,
    payload: [UInt8] = [],
    isContinuation: Bool = false,
    trace: TraceContext? = nil
  ) throws {
    if isContinuation { isContinued = true }
    try execute(
      TimerQueries.insert,
      [
        .text(hall), .text(kind), .text(subject), .integer(stamp), Value(due), Value(due),
        .blob(payload), Value(trace),
      ]
    )
  }

  /// Sets a timer that has fired again, for another instant.
  ///
  /// It keeps its number, and so its place among those that fire at the same instant. Only for the
  /// one that fires now, and before another is set, which could be given its number.
  ///
  /// - Parameters:
  ///   - timer: The one that fires.
  ///   - due: When it fires next, in the hall's time.
  /// - Throws: `StoreError`, `constraint` if the number has been given to another.
  package func setTimer(again timer: TimerRow, due: Instant) throws {
    try execute(
      TimerQueries.again,
      [
        .integer(timer.id), .text(timer.hall), .text(timer.kind), .text(timer.subject),
        .integer(timer.stamp), Value(due), Value(due), .blob(timer.payload), Value(timer.trace),
      ]
    )
  }

  /// Removes a timer that has fired or was found stale.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  package func removeTimer(_ id: Int64) throws -> Bool {
    try execute(TimerQueries.remove, [.integer(id)]) > 0
  }

  /// Lets a timer whose handler failed fire again later, so that it does not hold up the others.
  ///
  /// - Returns: Whether it was there as it was read: one that was set again meanwhile stays.
  @discardableResult
  package func postpone(_ timer: TimerRow, until instant: Instant) throws -> Bool {
    try execute(
      TimerQueries.postpone,
      [Value(instant), .integer(timer.id), Value(timer.fireAt)]
    ) > 0
  }
}
