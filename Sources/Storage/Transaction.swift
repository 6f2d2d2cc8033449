internal import GRDB
internal import GRDBSQLite

/// A unit's view of the open batch: reads, and writes that are kept or dropped as a whole.
///
/// Valid only inside the closure that it is given to.
package final class Transaction: Snapshot {
  /// Feed entries that the unit wants to publish, in order.
  var drafts: [FeedDraft] = []

  /// The cursors that the unit moved, by upstream.
  var movedCursors: [String: Int64] = [:]

  private let changesBefore: Int64

  override init(connection: Connection, database: Database, cache: ReferenceCache) {
    changesBefore = sqlite3_total_changes64(database.sqliteConnection)
    super.init(connection: connection, database: database, cache: cache)
  }

  /// Whether the unit has changed a row.
  ///
  /// A statement that broke a constraint has undone itself and does not count.
  var wrote: Bool {
    sqlite3_total_changes64(database.sqliteConnection) != changesBefore
  }

  /// Runs a statement that changes rows.
  ///
  /// - Returns: how many rows it changed itself, without those changed by foreign keys.
  /// - Throws: `StoreError`. After a broken constraint the unit may go on or throw, as it likes.
  @discardableResult
  package func execute(_ sql: String, _ arguments: [Value] = []) throws -> Int {
    try connection.withStatement(database, sql, arguments) { handle in
      let changed = sqlite3_total_changes64(database.sqliteConnection)
      while try Connection.step(handle) {}
      // sqlite3_changes speaks of the last statement that changed something, maybe an older one.
      guard sqlite3_total_changes64(database.sqliteConnection) != changed else { return 0 }
      return Int(sqlite3_changes64(database.sqliteConnection))
    }
  }
}
