internal import Storage

/// A clock with the hall that it belongs to.
struct ClockInHall {
  var hall: String
  var clock: ClockRow
}

extension ClockRow {
  /// All clocks, open and closed, by the store's number, for a check of the whole store.
  ///
  /// The hall stands behind the columns that a clock is read from.
  static let page = "SELECT \(columns), hall FROM clock WHERE id > ? ORDER BY id LIMIT ?"
}

extension Snapshot {
  /// Clocks of all halls behind the store's own number.
  func clockPage(after mark: [Value], limit: Int) throws -> [ClockInHall] {
    try rows(ClockRow.page, mark + [Value(limit)]) {
      ClockInHall(hall: $0.text(24), clock: ClockRow($0))
    }
  }
}
