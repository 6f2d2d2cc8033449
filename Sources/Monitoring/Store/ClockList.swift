internal import Kernel
internal import Storage

/// Which open clocks are asked for.
struct ClockFilter {
  /// The kinds that have clocks.
  private static let kinds: [Watched] = [.promise, .legal, .step, .receipt, .delivery]

  var light: Lamp?
  var department = ""
  var dueUntil: Day?
  var watched: Watched?

  /// One stretch of an index, in the order of the list.
  struct Stretch {
    var light: Lamp?
    var watched: Watched?
  }

  /// The stretches that together hold what is asked for.
  ///
  /// Kinds and lights are few, so a filter on one of them alone is a stretch for each of the other:
  /// however rare what is asked for, nothing else is looked at.
  var stretches: [Stretch] {
    if light == nil, watched == nil { return [Stretch()] }
    return (watched.map { [$0] } ?? Self.kinds).flatMap { watched in
      (light.map { [$0] } ?? Lamp.allCases).map { Stretch(light: $0, watched: watched) }
    }
  }

  /// The statement and its arguments for a page of a stretch behind a clock.
  func query(
    _ stretch: Stretch,
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
    if !department.isEmpty { add("department_code = ?", .text(department)) }
    if let watched = stretch.watched { add("kind = ?", .integer(Int64(watched.rawValue))) }
    if let light = stretch.light { add("light = ?", .integer(Int64(light.rawValue))) }
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
    let found = try filter.stretches.map { stretch in
      let (sql, arguments) = filter.query(stretch, hall: hall, after: mark, limit: limit)
      return try rows(sql, arguments, ClockRow.init)
    }
    if let only = found.first, found.count == 1 { return only }
    let sorted = found.joined().sorted { ($0.due, $0.id) < ($1.due, $1.id) }
    return Array(sorted.prefix(limit))
  }
}
