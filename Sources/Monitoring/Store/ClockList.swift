internal import Kernel
internal import Storage

/// Which open clocks are asked for.
struct ClockFilter {
  /// The kinds that have clocks.
  private static let kinds: [Watched] = [.promise, .legal, .step, .receipt, .delivery]

  /// Where a page of the list begins: behind this clock.
  struct Mark: Hashable {
    /// Its due day, in days since 1970.
    var due: Int64
    /// Its number in the store.
    var id: Int64
  }

  var light: Lamp?
  var department = ""
  var dueUntil: Day?
  var watched: Watched?

  /// The statement and its arguments for the numbers of a page's clocks, by due day.
  ///
  /// Kinds and lights are few, so whatever is asked for is made of some stretches of one index, one
  /// for each kind and light; the engine merges them and reads no more than the page needs. So two
  /// indexes serve every filter, where one for each would have to be kept with every clock.
  func query(hall: String, after mark: Mark?, limit: Int) -> (sql: String, arguments: [Value]) {
    var condition = "hall = ? AND is_open = 1 AND kind = ? AND light = ?"
    if !department.isEmpty { condition += " AND department_code = ?" }
    if dueUntil != nil { condition += " AND due_on <= ?" }
    if mark != nil { condition += " AND (due_on, id) > (?, ?)" }
    var stretches: [String] = []
    var arguments: [Value] = []
    for watched in watched.map({ [$0] }) ?? Self.kinds {
      for light in light.map({ [$0] }) ?? Lamp.allCases {
        stretches.append("SELECT due_on, id FROM clock WHERE \(condition)")
        arguments += [
          .text(hall), .integer(Int64(watched.rawValue)), .integer(Int64(light.rawValue)),
        ]
        if !department.isEmpty { arguments.append(.text(department)) }
        if let dueUntil { arguments.append(Value(dueUntil)) }
        if let mark { arguments += [.integer(mark.due), .integer(mark.id)] }
      }
    }
    arguments.append(.integer(Int64(limit)))
    let merged = stretches.joined(separator: " UNION ALL ")
    return ("\(merged) ORDER BY due_on, id LIMIT ?", arguments)
  }
}

extension Snapshot {
  /// Open clocks by due day, and by their numbers where it is the same.
  func clocks(
    _ filter: ClockFilter,
    hall: String,
    after mark: ClockFilter.Mark?,
    limit: Int
  ) throws -> [ClockRow] {
    let (sql, arguments) = filter.query(hall: hall, after: mark, limit: limit)
    return try rows(sql, arguments) { $0.integer(1) }.compactMap { try clock($0) }
  }
}
