internal import Storage

/// All cases and tasks in the order of their keys, for a check of the whole store.
///
/// The hall stands behind the columns that a row is read from.
enum PageQueries {
  static let cases = """
    SELECT \(CaseQueries.columns), hall FROM approval_case
    WHERE (hall, number) > (?, ?) ORDER BY hall, number LIMIT ?
    """

  static let tasks = """
    SELECT \(TaskQueries.columns), hall FROM task
    WHERE (hall, id) > (?, ?) ORDER BY hall, id LIMIT ?
    """
}

/// A row with the hall that it belongs to.
struct InHall<Kept: Sendable>: Sendable {
  var hall: String
  var row: Kept
}

extension Snapshot {
  /// Cases of all halls behind a mark of hall and number.
  func casePage(after mark: [Value], limit: Int) throws -> [InHall<CaseRow>] {
    try rows(PageQueries.cases, mark + [Value(limit)]) {
      InHall(hall: $0.text(19), row: try Self.caseRow($0))
    }
  }

  /// Tasks of all halls behind a mark of hall and id.
  func taskPage(after mark: [Value], limit: Int) throws -> [InHall<TaskRow>] {
    try rows(PageQueries.tasks, mark + [Value(limit)]) {
      InHall(hall: $0.text(21), row: try Self.taskRow($0))
    }
  }
}
