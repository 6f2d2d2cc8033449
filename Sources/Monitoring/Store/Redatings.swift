internal import Kernel
internal import Law
internal import Storage

extension Transaction {
  /// Writes the journal entry of a clock that a new calendar re-dated.
  func journal(_ redating: Redating, of clock: ClockRow, at instant: Instant, hall: String) throws {
    try execute(
      """
      INSERT INTO redating
        (hall, case_number, kind, task_id, redated_at, old_due_on, new_due_on, reckoned_on,
         summary_zh, summary_en)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(hall), .text(clock.caseNumber), .integer(Int64(clock.watched.rawValue)),
        .text(clock.taskId), Value(instant), Value(redating.oldDue), Value(redating.newDue),
        Value(redating.reckonedDue), .text(redating.summary.zh), .text(redating.summary.en),
      ]
    )
  }
}
