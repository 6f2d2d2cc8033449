internal import Kernel
internal import Law
internal import Storage

/// A task as its row keeps it.
struct TaskRow: Sendable, Hashable {
  var id: String
  var caseNumber: String
  /// 1, 2, 3 within the case.
  var ordinal: Int64
  var stageCode: String
  var taskCode: String
  var name: String
  var departmentCode: String
  var postCode: String
  var nature: TaskNature
  var state = TaskState.open
  var startedOn: Day
  var term: Term
  var dueOn: Day
  var heldUntil: Day?
  var claimedBy = ""
  var onBehalfOf = ""
  var answer: Answer?
  var opinion = ""
  var doneAt: Instant?
  var revision: Int64 = 1
  /// A timer with another stamp is stale.
  var stamp: Int64 = 1
}

/// The SQL of the tasks' table.
enum TaskQueries {
  static let columns = """
    id, case_number, ordinal, stage_code, task_code, name, department_code, post_code, nature,
    state, started_on, term, due_on, held_until, claimed_by, on_behalf_of, answer, opinion,
    done_at, revision, stamp
    """

  static let one = "SELECT \(columns) FROM task WHERE hall = ? AND id = ?"

  static let ofCase = """
    SELECT \(columns) FROM task WHERE hall = ? AND case_number = ? ORDER BY ordinal
    """

  static let byDue = """
    SELECT \(columns) FROM task
    WHERE hall = ? AND state = ? AND (due_on, id) > (?, ?) ORDER BY due_on, id LIMIT ?
    """

  static let ofDepartment = """
    SELECT \(columns) FROM task
    WHERE hall = ? AND department_code = ? AND state = ? AND (due_on, id) > (?, ?)
    ORDER BY due_on, id LIMIT ?
    """

  static let ofPost = """
    SELECT \(columns) FROM task
    WHERE hall = ? AND post_code = ? AND state = ? AND (due_on, id) > (?, ?)
    ORDER BY due_on, id LIMIT ?
    """

  static let insert = """
    INSERT INTO task (hall, \(columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let update = """
    UPDATE task SET state = ?, due_on = ?, held_until = ?, claimed_by = ?, on_behalf_of = ?,
      answer = ?, opinion = ?, done_at = ?, revision = ?, stamp = ?
    WHERE hall = ? AND id = ?
    """
}

/// Whose tasks a list shows.
enum TaskScope: Sendable, Hashable {
  case hall
  case department(String)
  case post(String)
}

/// Where a task stands in a list by due day.
struct TaskMark: Sendable, Hashable, Comparable {
  var dueOn: Day
  var id: String

  /// Before all tasks.
  static let first = Self(dueOn: Day(epochDay: .min), id: "")

  static func < (earlier: Self, later: Self) -> Bool {
    (earlier.dueOn, earlier.id) < (later.dueOn, later.id)
  }
}

extension Snapshot {
  /// The task of an id; nil if there is none.
  func taskRow(hall: String, id: String) throws -> TaskRow? {
    try first(TaskQueries.one, [.text(hall), .text(id)], Self.taskRow)
  }

  /// The tasks of a case in the order in which they were opened.
  func taskRows(hall: String, caseNumber: String) throws -> [TaskRow] {
    try rows(TaskQueries.ofCase, [.text(hall), .text(caseNumber)], Self.taskRow)
  }

  /// Tasks in a state behind a mark, by due day.
  func taskRows(
    hall: String,
    _ scope: TaskScope,
    state: TaskState,
    after mark: TaskMark,
    limit: Int
  ) throws -> [TaskRow] {
    let end: [Value] = [
      .integer(state.rawValue), Value(mark.dueOn), .text(mark.id), .integer(Int64(limit)),
    ]
    return switch scope {
    case .hall:
      try rows(TaskQueries.byDue, [.text(hall)] + end, Self.taskRow)
    case .department(let code):
      try rows(TaskQueries.ofDepartment, [.text(hall), .text(code)] + end, Self.taskRow)
    case .post(let code):
      try rows(TaskQueries.ofPost, [.text(hall), .text(code)] + end, Self.taskRow)
    }
  }

  static func taskRow(_ row: Row) throws -> TaskRow {
    TaskRow(
      id: row.text(0),
      caseNumber: row.text(1),
      ordinal: row.integer(2),
      stageCode: row.text(3),
      taskCode: row.text(4),
      name: row.text(5),
      departmentCode: row.text(6),
      postCode: row.text(7),
      nature: try ApprovalFault.kept(TaskNature(rawValue: row.integer(8))),
      state: try ApprovalFault.kept(TaskState(rawValue: row.integer(9))),
      startedOn: row.day(10),
      term: try ApprovalFault.kept(Term(row.text(11))),
      dueOn: row.day(12),
      heldUntil: row.optionalDay(13),
      claimedBy: row.text(14),
      onBehalfOf: row.text(15),
      answer: row.optionalInteger(16).flatMap(Answer.init(rawValue:)),
      opinion: row.text(17),
      doneAt: row.optionalInstant(18),
      revision: row.integer(19),
      stamp: row.integer(20)
    )
  }
}

extension Transaction {
  /// Inserts a task.
  func insert(_ row: TaskRow, hall: String) throws {
    try execute(
      TaskQueries.insert,
      [
        .text(hall), .text(row.id), .text(row.caseNumber), .integer(row.ordinal),
        .text(row.stageCode), .text(row.taskCode), .text(row.name), .text(row.departmentCode),
        .text(row.postCode), .integer(row.nature.rawValue), .integer(row.state.rawValue),
        Value(row.startedOn), .text(row.term.description), Value(row.dueOn),
        Value(row.heldUntil), .text(row.claimedBy), .text(row.onBehalfOf),
        Value(row.answer?.rawValue), .text(row.opinion), Value(row.doneAt),
        .integer(row.revision), .integer(row.stamp),
      ]
    )
  }

  /// Saves what can change in a task, with its revision raised.
  func save(_ row: inout TaskRow, hall: String) throws {
    row.revision += 1
    try execute(
      TaskQueries.update,
      [
        .integer(row.state.rawValue), Value(row.dueOn), Value(row.heldUntil),
        .text(row.claimedBy), .text(row.onBehalfOf), Value(row.answer?.rawValue),
        .text(row.opinion), Value(row.doneAt), .integer(row.revision), .integer(row.stamp),
        .text(hall), .text(row.id),
      ]
    )
  }
}
