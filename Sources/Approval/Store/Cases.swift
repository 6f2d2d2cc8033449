internal import Kernel
internal import Law
internal import Storage

/// A case as its row keeps it.
struct CaseRow: Sendable, Hashable {
  var number: String
  var itemCode: String
  var itemVersion: Int64
  var itemName: String
  var departmentCode: String
  var state: CaseState
  /// Empty when the tasks of all stages are done.
  var stageCode = ""
  var acceptedOn: Day
  var acceptedBy: String
  var legalStartOn: Day
  var legalLimit: Term?
  var promise: Term?
  var legalDueOn: Day?
  var promiseDueOn: Day?
  var legalHeldUntil: Day?
  var promiseHeldUntil: Day?
  var isProvisional = false
  /// Sealed.
  var personal: [UInt8]?
  var revision: Int64 = 1
}

/// The SQL of the cases' table.
enum CaseQueries {
  static let columns = """
    number, item_code, item_version, item_name, department_code, state, stage_code, accepted_on,
    accepted_by, legal_start_on, legal_limit, promise, legal_due_on, promise_due_on,
    legal_held_until, promise_held_until, provisional, personal, revision
    """

  static let one = "SELECT \(columns) FROM approval_case WHERE hall = ? AND number = ?"

  static let inState = """
    SELECT \(columns) FROM approval_case WHERE hall = ? AND state = ? AND number > ?
    ORDER BY number LIMIT ?
    """

  static let insert = """
    INSERT INTO approval_case (hall, \(columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let update = """
    UPDATE approval_case SET state = ?, stage_code = ?, legal_due_on = ?, promise_due_on = ?,
      legal_held_until = ?, promise_held_until = ?, provisional = ?, revision = ?
    WHERE hall = ? AND number = ?
    """
}

extension Snapshot {
  /// The case of a number; nil if there is none.
  func caseRow(hall: String, number: String) throws -> CaseRow? {
    try first(CaseQueries.one, [.text(hall), .text(number)], Self.caseRow)
  }

  /// Cases in a state behind a number, ascending.
  func caseRows(
    hall: String,
    state: CaseState,
    after number: String,
    limit: Int
  ) throws -> [CaseRow] {
    try rows(
      CaseQueries.inState,
      [.text(hall), .integer(state.rawValue), .text(number), .integer(Int64(limit))],
      Self.caseRow
    )
  }

  static func caseRow(_ row: Row) throws -> CaseRow {
    CaseRow(
      number: row.text(0),
      itemCode: row.text(1),
      itemVersion: row.integer(2),
      itemName: row.text(3),
      departmentCode: row.text(4),
      state: try ApprovalFault.kept(CaseState(rawValue: row.integer(5))),
      stageCode: row.text(6),
      acceptedOn: row.day(7),
      acceptedBy: row.text(8),
      legalStartOn: row.day(9),
      legalLimit: try row.optionalText(10).map { try ApprovalFault.kept(Term($0)) },
      promise: try row.optionalText(11).map { try ApprovalFault.kept(Term($0)) },
      legalDueOn: row.optionalDay(12),
      promiseDueOn: row.optionalDay(13),
      legalHeldUntil: row.optionalDay(14),
      promiseHeldUntil: row.optionalDay(15),
      isProvisional: row.bool(16),
      personal: row.optionalBlob(17),
      revision: row.integer(18)
    )
  }
}

extension Transaction {
  /// Inserts a case.
  func insert(_ row: CaseRow, hall: String) throws {
    try execute(
      CaseQueries.insert,
      [
        .text(hall), .text(row.number), .text(row.itemCode), .integer(row.itemVersion),
        .text(row.itemName), .text(row.departmentCode), .integer(row.state.rawValue),
        .text(row.stageCode), Value(row.acceptedOn), .text(row.acceptedBy),
        Value(row.legalStartOn), Value(row.legalLimit?.description),
        Value(row.promise?.description), Value(row.legalDueOn), Value(row.promiseDueOn),
        Value(row.legalHeldUntil), Value(row.promiseHeldUntil), Value(row.isProvisional),
        Value(row.personal), .integer(row.revision),
      ]
    )
  }

  /// Saves what can change in a case, with its revision raised.
  func save(_ row: inout CaseRow, hall: String) throws {
    row.revision += 1
    try execute(
      CaseQueries.update,
      [
        .integer(row.state.rawValue), .text(row.stageCode), Value(row.legalDueOn),
        Value(row.promiseDueOn), Value(row.legalHeldUntil), Value(row.promiseHeldUntil),
        Value(row.isProvisional), .integer(row.revision), .text(hall), .text(row.number),
      ]
    )
  }
}
