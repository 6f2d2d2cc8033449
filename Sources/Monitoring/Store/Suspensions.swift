internal import Kernel
internal import Storage

/// A special procedure of a watched case.
struct SuspensionRow: Hashable {
  var id: Int64
  var caseNumber: String
  var procedureId: String
  /// The number of the contract's SpecialProcedureKind.
  var kind: Int32
  var stop: Day
  var planned: Day?
  var resume: Day?
  var stopsLegal: Bool
  var stopsPromise: Bool
  var stamp: Int64
}

extension Snapshot {
  private static let suspensionColumns = """
    id, case_number, procedure_id, kind, stop_on, planned_on, resume_on, stops_legal,
    stops_promise, stamp
    """

  private func suspension(_ row: Row) -> SuspensionRow {
    SuspensionRow(
      id: row.integer(0),
      caseNumber: row.text(1),
      procedureId: row.text(2),
      kind: Int32(truncatingIfNeeded: row.integer(3)),
      stop: row.day(4),
      planned: row.optionalDay(5),
      resume: row.optionalDay(6),
      stopsLegal: row.bool(7),
      stopsPromise: row.bool(8),
      stamp: row.integer(9)
    )
  }

  /// The special procedures of a case, in the order in which they were heard of.
  func suspensions(of number: String, hall: String) throws -> [SuspensionRow] {
    try rows(
      """
      SELECT \(Self.suspensionColumns) FROM suspension
      WHERE hall = ? AND case_number = ? ORDER BY procedure_id
      """,
      [.text(hall), .text(number)],
      suspension
    )
  }

  /// A special procedure by the store's number.
  func suspension(_ id: Int64) throws -> SuspensionRow? {
    try first(
      "SELECT \(Self.suspensionColumns) FROM suspension WHERE id = ?",
      [.integer(id)],
      suspension
    )
  }
}

extension Transaction {
  /// Keeps a special procedure that began.
  ///
  /// - Returns: Its number in the store; nil if it is kept already.
  func insert(_ row: SuspensionRow, hall: String) throws -> Int64? {
    try rows(
      """
      INSERT INTO suspension
        (hall, case_number, procedure_id, kind, stop_on, planned_on, resume_on, stops_legal,
         stops_promise, stamp)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, case_number, procedure_id) DO NOTHING
      RETURNING id
      """,
      [
        .text(hall), .text(row.caseNumber), .text(row.procedureId), .integer(Int64(row.kind)),
        Value(row.stop), Value(row.planned), Value(row.resume), Value(row.stopsLegal),
        Value(row.stopsPromise), .integer(row.stamp),
      ]
    ) { $0.integer(0) }.first
  }

  /// Ends a special procedure and makes its timer stale.
  func resume(_ id: Int64, on day: Day) throws {
    try execute(
      "UPDATE suspension SET resume_on = ?, stamp = stamp + 1 WHERE id = ?",
      [Value(day), .integer(id)]
    )
  }
}
