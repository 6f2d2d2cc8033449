internal import Messages
internal import Storage

/// A task of a watched case: who is responsible.
struct TaskRow: Hashable {
  var id: String
  var caseNumber: String
  var departmentCode: String
  var postCode: String
  /// The number of the contract's TaskNature.
  var nature: Int32
  var claimedBy: String
  var isOpen: Bool
}

extension Snapshot {
  private static let taskColumns =
    "id, case_number, department_code, post_code, nature, claimed_by, is_open"

  private func task(_ row: Row) -> TaskRow {
    TaskRow(
      id: row.text(0),
      caseNumber: row.text(1),
      departmentCode: row.text(2),
      postCode: row.text(3),
      nature: Int32(truncatingIfNeeded: row.integer(4)),
      claimedBy: row.text(5),
      isOpen: row.bool(6)
    )
  }

  /// A task, open or done.
  func task(_ id: String, hall: String) throws -> TaskRow? {
    try first(
      "SELECT \(Self.taskColumns) FROM task WHERE hall = ? AND id = ?",
      [.text(hall), .text(id)],
      task
    )
  }

  /// The open task of a case that prepares the decision, or else any open one; nil if none is open,
  /// as while the case waits for its decision.
  func openTask(of number: String, hall: String) throws -> TaskRow? {
    try first(
      """
      SELECT \(Self.taskColumns) FROM task
      WHERE hall = ? AND case_number = ? AND is_open = 1 ORDER BY nature, id LIMIT 1
      """,
      [.text(hall), .text(number)],
      task
    )
  }

  /// The task of a case that prepared the decision, the last where there were several; nil if there
  /// is none that is done.
  func lastHandling(of number: String, hall: String) throws -> TaskRow? {
    let handling = Int64(CatalogueV1.TaskNature.handle.rawValue)
    // Ids are in the order of time.
    return try first(
      """
      SELECT \(Self.taskColumns) FROM task
      WHERE hall = ? AND case_number = ? AND is_open = 0 AND nature = ?
      ORDER BY id DESC LIMIT 1
      """,
      [.text(hall), .text(number), .integer(handling)],
      task
    )
  }
}

extension Transaction {
  /// Saves a task as it is now.
  func save(_ task: TaskRow, hall: String) throws {
    try execute(
      """
      INSERT INTO task
        (hall, id, case_number, department_code, post_code, nature, claimed_by, is_open)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, id) DO UPDATE SET
        post_code = excluded.post_code, claimed_by = excluded.claimed_by,
        is_open = excluded.is_open
      """,
      [
        .text(hall), .text(task.id), .text(task.caseNumber), .text(task.departmentCode),
        .text(task.postCode), .integer(Int64(task.nature)), .text(task.claimedBy),
        Value(task.isOpen),
      ]
    )
  }
}
