internal import Kernel
internal import Law
internal import Storage

/// What figures are asked for.
struct StatisticsScope {
  var hall: String
  var from: Day
  var to: Day
  var department = ""
  var item = ""

  /// Further conditions and their arguments.
  fileprivate var narrowing: (sql: String, arguments: [Value]) {
    var sql = ""
    var arguments: [Value] = []
    if !department.isEmpty {
      sql += " AND department_code = ?"
      arguments.append(.text(department))
    }
    if !item.isEmpty {
      sql += " AND item_code = ?"
      arguments.append(.text(item))
    }
    return (sql, arguments)
  }
}

extension Snapshot {
  private func count(_ sql: String, _ arguments: [Value], _ scope: StatisticsScope) throws -> Int {
    let (more, values) = scope.narrowing
    return try first(sql + more, [.text(scope.hall)] + arguments + values) { $0.int(0) } ?? 0
  }

  /// How many cases were accepted in the period.
  func accepted(_ scope: StatisticsScope) throws -> Int {
    try count(
      "SELECT count(*) FROM watched_case WHERE hall = ? AND accepted_on BETWEEN ? AND ?",
      [Value(scope.from), Value(scope.to)],
      scope
    )
  }

  /// The tally of the cases that were decided in the period.
  func tally(_ scope: StatisticsScope) throws -> CaseTally {
    let (more, values) = scope.narrowing
    let groups = try rows(
      """
      SELECT legal_days, promise_days, used_days, granted, count(*) FROM closed_case
      WHERE hall = ? AND decided_on BETWEEN ? AND ?\(more)
      GROUP BY legal_days, promise_days, used_days, granted
      """,
      [.text(scope.hall), Value(scope.from), Value(scope.to)] + values
    ) { row in
      let figures = CaseFigures(
        legalDays: row.optionalInteger(0).map(Int.init),
        promiseDays: row.optionalInteger(1).map(Int.init),
        actualDays: row.int(2),
        outcome: row.bool(3) ? .granted : .denied
      )
      return (figures, row.int(4))
    }
    var tally = CaseTally()
    for (figures, count) in groups {
      for _ in 0..<count { tally.addClosed(figures) }
    }
    return tally
  }

  /// How many cases were open at the end of the period with a promise that was over by a day.
  ///
  /// A pause holds a promise if it began by its last day, and while it is open that day stays where
  /// it is: also of a case that ended in the midst of one, for then nothing ends the pause.
  ///
  /// - Source: docs/rules/monitoring.md, rule M9
  func openOverdue(_ scope: StatisticsScope, over day: Day) throws -> Int {
    let promise = Value.integer(Int64(Watched.promise.rawValue))
    let open = try count(
      """
      SELECT count(*) FROM clock
      WHERE hall = ? AND is_open = 1 AND kind = ? AND light IN (1, 2, 3, 4, 5, 6)
        AND due_on <= ? AND (paused_from IS NULL OR paused_from > due_on)
      """,
      [promise, Value(day)],
      scope
    )
    let closedSince = try count(
      """
      SELECT count(*) FROM clock
      WHERE hall = ? AND is_open = 0 AND kind = ? AND closed_on > ? AND due_on <= ?
        AND (paused_from IS NULL OR paused_from > due_on)
      """,
      [promise, Value(scope.to), Value(day)],
      scope
    )
    return open + closedSince
  }

  /// How many ratings were given in the period, and how many of them are 1 to 3.
  func ratings(_ scope: StatisticsScope) throws -> (all: Int, good: Int) {
    let sql = "SELECT count(*) FROM rating WHERE hall = ? AND rated_on BETWEEN ? AND ?"
    let days = [Value(scope.from), Value(scope.to)]
    return (
      try count(sql, days, scope), try count(sql + " AND satisfaction <= 3", days, scope)
    )
  }
}

extension Transaction {
  /// Keeps the figures of a decided case.
  func insertClosed(
    _ watched: WatchedCase,
    _ figures: CaseFigures,
    decidedOn: Day,
    hall: String
  ) throws {
    try execute(
      """
      INSERT INTO closed_case
        (hall, number, item_code, department_code, decided_on, granted, legal_days, promise_days,
         used_days)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, number) DO NOTHING
      """,
      [
        .text(hall), .text(watched.number), .text(watched.itemCode),
        .text(watched.departmentCode), Value(decidedOn), Value(figures.outcome == .granted),
        Value(figures.legalDays), Value(figures.promiseDays),
        .integer(Int64(figures.actualDays)),
      ]
    )
  }

  /// Keeps a rating.
  ///
  /// - Returns: Whether it is new.
  func insertRating(
    _ id: String,
    satisfaction: Int32,
    on day: Day,
    item: String,
    department: String,
    hall: String
  ) throws -> Bool {
    try execute(
      """
      INSERT INTO rating (hall, id, rated_on, satisfaction, item_code, department_code)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, id) DO NOTHING
      """,
      [
        .text(hall), .text(id), Value(day), .integer(Int64(satisfaction)), .text(item),
        .text(department),
      ]
    ) > 0
  }
}
