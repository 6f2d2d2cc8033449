internal import GRDBSQLite

/// A unit's view of the open batch: reads, and writes that are kept or dropped as a whole.
///
/// Valid only inside the closure that it is given to.
package final class Transaction: Snapshot {
  /// Feed entries that the unit wants to publish, in order.
  var drafts: [PendingFeed.Draft] = []

  /// The positions of entries of this batch whose personal parts the unit erased.
  var erased: Set<Int64> = []

  /// What the units before published.
  let pending: PendingFeed

  /// How far the upstreams were followed, with what the unit moved.
  var reached: Cursors

  /// The upstreams whose cursors the unit moved.
  var moved: Set<String> = []

  /// Whether the unit erased a personal part.
  var isErasing = false

  /// Whether the unit set a timer that goes on with what it began.
  package internal(set) var isContinued = false

  private let writer: Connection
  private let changesBefore: Int64

  init(
    connection: Connection,
    cache: ReferenceCache,
    reached: Cursors,
    pending: PendingFeed
  ) {
    changesBefore = sqlite3_total_changes64(connection.handle)
    self.reached = reached
    self.pending = pending
    writer = connection
    super.init(connection: connection, cache: cache)
  }

  /// Says that the transaction saved a reference.
  func noteReference() {
    writer.hasUnkeptReferences = true
  }

  /// Whether the unit has changed a row.
  ///
  /// A statement that broke a constraint has undone itself and does not count.
  var wrote: Bool {
    sqlite3_total_changes64(writer.handle) != changesBefore
  }

  /// Runs a statement that changes rows.
  ///
  /// - Returns: how many rows it changed itself, without those changed by foreign keys.
  /// - Throws: `StoreError`. After a broken constraint the unit may go on or throw, as it likes.
  @discardableResult
  package func execute(_ sql: String, _ arguments: [Value] = []) throws -> Int {
    try writer.withStatement(sql, arguments) { handle in
      let changed = sqlite3_total_changes64(writer.handle)
      while try Connection.step(handle) {}
      // sqlite3_changes speaks of the last statement that changed something, maybe an older one.
      guard sqlite3_total_changes64(writer.handle) != changed else { return 0 }
      return Int(sqlite3_changes64(writer.handle))
    }
  }

  /// Inserts one row into a table whose key the store gives.
  ///
  /// `RETURNING` would say the number too, but costs more than the insert: SQLite makes a table for
  /// what it returns and copies each page that it changes, should the statement fail half way.
  ///
  /// - Parameters:
  ///   - sql: An `INSERT` of one row that either inserts it or throws; the table has one column
  ///     `INTEGER PRIMARY KEY`.
  ///   - arguments: One for each `?`.
  /// - Returns: the row's key.
  /// - Throws: `StoreError`.
  package func insert(_ sql: String, _ arguments: [Value]) throws -> Int64 {
    try writer.withStatement(sql, arguments) { handle in
      while try Connection.step(handle) {}
      return sqlite3_last_insert_rowid(writer.handle)
    }
  }
}
