internal import GRDB

/// The store as it is at one instant, for reading.
///
/// Valid only inside the closure that it is given to. Statements say `?` for each argument; SQL is
/// the common subset of SQLite and PostgreSQL. Rows are fetched whole, so no statement stays open:
/// a list is read page by page.
package class Snapshot {
  let connection: Connection
  let database: Database
  let cache: ReferenceCache
  /// The feed's head, once it was asked for: it does not change while the snapshot lasts.
  var knownHead: FeedHead?

  init(connection: Connection, database: Database, cache: ReferenceCache) {
    self.connection = connection
    self.database = database
    self.cache = cache
  }

  /// Returns what `make` makes of each row, in the order of the answer.
  ///
  /// In a transaction the statement may also write and return rows (`RETURNING`).
  ///
  /// - Throws: `StoreError`, or what `make` throws.
  package func rows<T>(
    _ sql: String,
    _ arguments: [Value] = [],
    _ make: (Row) throws -> T
  ) throws -> [T] {
    try connection.withStatement(database, sql, arguments) { handle in
      var result: [T] = []
      while try Connection.step(handle) { result.append(try make(Row(statement: handle))) }
      return result
    }
  }

  /// Returns what `make` makes of the first row, or nil if there is none.
  ///
  /// - Throws: `StoreError`, or what `make` throws.
  package func first<T>(
    _ sql: String,
    _ arguments: [Value] = [],
    _ make: (Row) throws -> T
  ) throws -> T? {
    try connection.withStatement(database, sql, arguments) { handle in
      try Connection.step(handle) ? make(Row(statement: handle)) : nil
    }
  }
}
