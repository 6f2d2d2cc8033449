internal import Kernel
internal import Storage

/// Which open clocks are asked for.
struct ClockFilter {
  var light: Lamp?
  var department = ""
  var dueUntil: Day?
  var watched: Watched?

  /// The statement and its arguments for a page behind a clock.
  func query(
    hall: String,
    after mark: (due: Int64, id: Int64)?,
    limit: Int
  ) -> (sql: String, arguments: [Value]) {
    var conditions = ["hall = ?", "is_open = 1"]
    var arguments: [Value] = [.text(hall)]
    func add(_ condition: String, _ values: Value...) {
      conditions.append(condition)
      arguments += values
    }
    if let light { add("light = ?", .integer(Int64(light.rawValue))) }
    if !department.isEmpty { add("department_code = ?", .text(department)) }
    if let watched { add("kind = ?", .integer(Int64(watched.rawValue))) }
    if let dueUntil { add("due_on <= ?", Value(dueUntil)) }
    if let mark { add("(due_on, id) > (?, ?)", .integer(mark.due), .integer(mark.id)) }
    arguments.append(.integer(Int64(limit)))
    let sql = """
      SELECT \(ClockRow.columns) FROM clock WHERE \(conditions.joined(separator: " AND "))
      ORDER BY due_on, id LIMIT ?
      """
    return (sql, arguments)
  }
}

extension Snapshot {
  /// Open clocks by due day.
  func clocks(
    _ filter: ClockFilter,
    hall: String,
    after mark: (due: Int64, id: Int64)?,
    limit: Int
  ) throws -> [ClockRow] {
    let (sql, arguments) = filter.query(hall: hall, after: mark, limit: limit)
    return try rows(sql, arguments, ClockRow.init)
  }
}
