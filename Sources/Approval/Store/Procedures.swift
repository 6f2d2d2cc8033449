internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// A special procedure as its row keeps it.
struct ProcedureRow: Sendable, Hashable {
  var id: String
  var caseNumber: String
  var ordinal: Int64
  var kind: CommonV1.SpecialProcedureKind
  var basis: String
  var reason: String
  var startedOn: Day
  /// The last day that is planned to be stopped.
  var plannedEndOn: Day
  /// The day of resumption; nil while it runs.
  var endedOn: Day?
  var result = ""
  var stopsLegal: Bool
  var stopsPromise: Bool
  var startedBy: String

  /// Whether a clock stands still while it runs.
  var stopsClock: Bool { stopsLegal || stopsPromise }
}

/// The SQL of the special procedures' table.
enum ProcedureQueries {
  static let ofCase = """
    SELECT id, case_number, ordinal, kind, basis, reason, started_on, planned_end_on, ended_on,
      result, stops_legal, stops_promise, started_by
    FROM special_procedure WHERE hall = ? AND case_number = ? ORDER BY ordinal
    """

  static let insert = """
    INSERT INTO special_procedure (hall, id, case_number, ordinal, kind, basis, reason,
      started_on, planned_end_on, ended_on, result, stops_legal, stops_promise, started_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let end = "UPDATE special_procedure SET ended_on = ?, result = ? WHERE hall = ? AND id = ?"
}

extension Snapshot {
  /// The special procedures of a case in the order in which they began.
  func procedureRows(hall: String, caseNumber: String) throws -> [ProcedureRow] {
    try rows(ProcedureQueries.ofCase, [.text(hall), .text(caseNumber)]) { row in
      ProcedureRow(
        id: row.text(0),
        caseNumber: row.text(1),
        ordinal: row.integer(2),
        kind: CommonV1.SpecialProcedureKind(rawValue: Int32(truncatingIfNeeded: row.integer(3))),
        basis: row.text(4),
        reason: row.text(5),
        startedOn: row.day(6),
        plannedEndOn: row.day(7),
        endedOn: row.optionalDay(8),
        result: row.text(9),
        stopsLegal: row.bool(10),
        stopsPromise: row.bool(11),
        startedBy: row.text(12)
      )
    }
  }
}

extension Transaction {
  /// Inserts a special procedure.
  func insert(_ row: ProcedureRow, hall: String) throws {
    try execute(
      ProcedureQueries.insert,
      [
        .text(hall), .text(row.id), .text(row.caseNumber), .integer(row.ordinal),
        .integer(Int64(row.kind.rawValue)), .text(row.basis), .text(row.reason),
        Value(row.startedOn), Value(row.plannedEndOn), Value(row.endedOn), .text(row.result),
        Value(row.stopsLegal), Value(row.stopsPromise), .text(row.startedBy),
      ]
    )
  }

  /// Saves how a special procedure ended.
  func saveEnd(of row: ProcedureRow, hall: String) throws {
    try execute(
      ProcedureQueries.end,
      [Value(row.endedOn), .text(row.result), .text(hall), .text(row.id)]
    )
  }
}

extension SuspensionLedger {
  /// The ledger of a case's special procedures.
  init(_ rows: [ProcedureRow]) throws {
    self.init(
      try rows.map { row in
        Suspension(
          procedure: try ApprovalFault.kept(SpecialProcedure(row.kind)),
          stop: row.startedOn,
          planned: row.plannedEndOn.advanced(byDays: 1),
          resume: row.endedOn,
          stopsLegal: row.stopsLegal,
          stopsPromise: row.stopsPromise
        )
      }
    )
  }
}
