internal import Kernel
internal import Law
internal import Storage

/// A clock of a case.
struct ClockRow: Hashable {
  var id: Int64 = 0
  var caseNumber: String
  var watched: Watched
  var taskId = ""
  var round: Int64 = 1
  var itemCode: String
  var departmentCode: String
  var start: Day
  var term: Term
  var heldUntil: Day?
  var due: Day
  var yellowOn: Day
  var lateOn: Day
  var pausedFrom: Day?
  var plannedEnd: Day?
  var isProvisional = false
  var dueRevision: Int64 = 1
  var revisedAt: Instant?
  var calendarVersion: Int64 = 0
  var light = Lamp.green
  var nextAt: Instant?
  var closedOn: Day?
  var stamp: Int64 = 1

  /// The clock without pauses.
  var clock: TermClock { TermClock(start: start, term: term, heldUntil: heldUntil) }
}

extension ClockRow {
  static let columns = """
    id, case_number, kind, task_id, round, item_code, department_code, start_on, term_amount,
    term_unit, held_until, due_on, yellow_on, late_on, paused_from, planned_end, provisional,
    due_revision, revised_at, calendar_version, light, next_at, closed_on, stamp
    """

  init(_ row: Row) {
    guard let watched = Watched(rawValue: row.int(2)), let light = Lamp(rawValue: row.int(20)),
      let term = Term(row.int(8), code: row.int(9))
    else { preconditionFailure("The checks of the schema keep the numbers of a clock.") }
    self.init(
      id: row.integer(0),
      caseNumber: row.text(1),
      watched: watched,
      taskId: row.text(3),
      round: row.integer(4),
      itemCode: row.text(5),
      departmentCode: row.text(6),
      start: row.day(7),
      term: term,
      heldUntil: row.optionalDay(10),
      due: row.day(11),
      yellowOn: row.day(12),
      lateOn: row.day(13),
      pausedFrom: row.optionalDay(14),
      plannedEnd: row.optionalDay(15),
      isProvisional: row.bool(16),
      dueRevision: row.integer(17),
      revisedAt: row.optionalInstant(18),
      calendarVersion: row.integer(19),
      light: light,
      nextAt: row.optionalInstant(21),
      closedOn: row.optionalDay(22),
      stamp: row.integer(23)
    )
  }

  var values: [Value] {
    [
      .text(caseNumber), .integer(Int64(watched.rawValue)), .text(taskId), .integer(round),
      .text(itemCode), .text(departmentCode), Value(start), .integer(Int64(term.amount)),
      .integer(Int64(term.code)), Value(heldUntil), Value(due), Value(yellowOn), Value(lateOn),
      Value(pausedFrom), Value(plannedEnd), Value(isProvisional), .integer(dueRevision),
      Value(revisedAt), .integer(calendarVersion), .integer(Int64(light.rawValue)),
      Value(nextAt), Value(closedOn), Value(closedOn == nil), .integer(stamp),
    ]
  }
}

extension Term {
  /// The term of the store's numbers, those of the contract's TermUnit.
  init?(_ amount: Int, code: Int) {
    guard (1...4).contains(code) else { return nil }
    self.init(amount, [.workingDay, .naturalDay, .month, .immediate][code - 1])
  }

  /// The store's number of the unit.
  var code: Int {
    switch unit {
    case .workingDay: 1
    case .naturalDay: 2
    case .month: 3
    case .immediate: 4
    }
  }
}

extension Snapshot {
  /// A clock by the store's number.
  func clock(_ id: Int64) throws -> ClockRow? {
    try first(
      "SELECT \(ClockRow.columns) FROM clock WHERE id = ?",
      [.integer(id)],
      ClockRow.init
    )
  }

  /// The clocks of a case, open and closed, by kind.
  func clocks(of number: String, hall: String) throws -> [ClockRow] {
    try rows(
      """
      SELECT \(ClockRow.columns) FROM clock
      WHERE hall = ? AND case_number = ? ORDER BY kind, task_id, round
      """,
      [.text(hall), .text(number)],
      ClockRow.init
    )
  }

  /// The clocks of one kind of a case, and of one task, in the order of their rounds.
  ///
  /// - Parameters:
  ///   - number: The case.
  ///   - watched: Which clocks.
  ///   - taskId: The task of a step; empty for all other kinds.
  ///   - hall: The hall of the case.
  /// - Returns: Open and closed ones; at most one is open.
  /// - Throws: `StoreError`.
  func clocks(
    of number: String,
    _ watched: Watched,
    taskId: String,
    hall: String
  ) throws -> [ClockRow] {
    try rows(
      """
      SELECT \(ClockRow.columns) FROM clock
      WHERE hall = ? AND case_number = ? AND kind = ? AND task_id = ? ORDER BY round
      """,
      [.text(hall), .text(number), .integer(Int64(watched.rawValue)), .text(taskId)],
      ClockRow.init
    )
  }
}

extension Transaction {
  /// Keeps a new clock.
  ///
  /// - Returns: Its number in the store.
  func insert(_ clock: ClockRow, hall: String) throws -> Int64 {
    try insert(
      """
      INSERT INTO clock
        (hall, case_number, kind, task_id, round, item_code, department_code, start_on,
         term_amount, term_unit, held_until, due_on, yellow_on, late_on, paused_from, planned_end,
         provisional, due_revision, revised_at, calendar_version, light, next_at, closed_on,
         is_open, stamp)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [.text(hall)] + clock.values
    )
  }

  /// Saves what of a clock can change.
  func update(_ clock: ClockRow) throws {
    try execute(
      """
      UPDATE clock SET held_until = ?, due_on = ?, yellow_on = ?, late_on = ?, paused_from = ?,
        planned_end = ?, provisional = ?, due_revision = ?, revised_at = ?, calendar_version = ?,
        light = ?, next_at = ?, closed_on = ?, is_open = ?, stamp = ?
      WHERE id = ?
      """,
      Array(clock.values.dropFirst(9)) + [.integer(clock.id)]
    )
  }

  /// Notes the light that a clock has now, and when the next level is reached.
  func updateLight(of id: Int64, _ light: Lamp, nextAt: Instant?) throws {
    try execute(
      "UPDATE clock SET light = ?, next_at = ? WHERE id = ?",
      [.integer(Int64(light.rawValue)), Value(nextAt), .integer(id)]
    )
  }
}
