internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// What an operator wants to know about a store.
package struct StoreFacts: Sendable, Hashable {
  /// The version of the SQLite library, for example `3.40.1`.
  package var sqliteVersion: String
  /// Whether that version can damage a log when two connections write or checkpoint at once.
  ///
  /// - Source: sqlite.org/wal.html, fixed in 3.51.3. The single writer avoids it.
  package var hasLogResetFault: Bool
  /// 2 is FULL; nothing else is served.
  package var synchronous: Int
  /// `wal`; nothing else is served.
  package var journal: String
  /// The size of the file by SQLite's own count.
  ///
  /// - Unit: pages.
  package var pages: Int64
  /// How far the file may grow.
  ///
  /// - Unit: pages.
  package var maximumPages: Int64
  /// The size of a page.
  ///
  /// - Unit: bytes.
  package var pageBytes: Int64
  /// The size of the log.
  ///
  /// - Unit: bytes.
  package var logBytes: Int64
  /// The space of its file system.
  package var space: DiskSpace
  /// The last committed entry of the feed.
  package var feedHead: FeedHead
  /// The last migration of the kept tables and of the service, by name.
  package var schema: [String]
}

/// What a checkpoint did.
package struct CheckpointResult: Sendable, Hashable {
  /// Whether the whole log is now in the file; false if a reader held it.
  package var isComplete: Bool
}

extension Connection {
  /// Brings the log into the file, flushes it, and empties the log.
  func checkpoint() throws -> CheckpointResult {
    try perform { database in
      let code = sqlite3_wal_checkpoint_v2(
        database.sqliteConnection,
        nil,
        SQLITE_CHECKPOINT_TRUNCATE,
        nil,
        nil
      )
      switch code {
      case SQLITE_OK: return CheckpointResult(isComplete: true)
      case SQLITE_BUSY: return CheckpointResult(isComplete: false)
      default:
        let message = sqlite3_errmsg(database.sqliteConnection).map { String(cString: $0) }
        throw StoreError(code: code, message: message ?? "")
      }
    }
  }
}

extension Store {
  /// Brings the log into the file and empties it; waits at most `Limits.busySeconds` for readers.
  @discardableResult
  package func checkpoint() throws -> CheckpointResult {
    try withWriter { connection, _ in try connection.checkpoint() }
  }

  /// What SQLite finds wrong with the file: nothing if it is sound.
  ///
  /// Reads the whole file on a reading connection: 0.13 s for 100 MB.
  package func integrityCheck() throws -> [String] {
    try read { try $0.integrityFaults() }
  }

  /// What an operator wants to know.
  package func facts() throws -> StoreFacts {
    let space = try options.diskSpace(path)
    return try withWriter { connection, head in
      try connection.perform { database in
        func number(_ pragma: String) throws -> Int64 {
          try Int64.fetchOne(database, sql: "PRAGMA \(pragma)") ?? -1
        }
        return StoreFacts(
          sqliteVersion: String(cString: sqlite3_libversion()),
          hasLogResetFault: sqlite3_libversion_number() < 3_051_003,
          synchronous: Int(try number("synchronous")),
          journal: try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "",
          pages: try number("page_count"),
          maximumPages: try number("max_page_count"),
          pageBytes: try number("page_size"),
          logBytes: Files.size(path + "-wal") ?? 0,
          space: space,
          feedHead: head,
          schema: try Self.schema(database)
        )
      }
    }
  }

  /// Runs `body` with the writing connection and the feed's head, alone.
  func withWriter<R: Sendable>(_ body: (Connection, FeedHead) throws -> R) throws -> R {
    var change: StoreChange?
    // Also if the body fails: the store is open again all the same.
    defer { if let change { changes.tell(change) } }
    return try writer.withLock { writer in
      let isOpenedAgain = writer.connection == nil
      let connection = try opened(&writer)
      if isOpenedAgain {
        // The commit in doubt may stand after all, and may have erased parts that others keep.
        change = StoreChange(feedHead: writer.head.position, cursors: [:], isErasing: true)
      }
      return try body(connection, writer.head)
    }
  }

  static func schema(_ database: Database) throws -> [String] {
    try String.fetchAll(
      database,
      sql: """
        SELECT scope || '/' || name FROM migration AS m
        WHERE number = (SELECT max(number) FROM migration WHERE scope = m.scope) ORDER BY scope
        """
    )
  }
}

extension Snapshot {
  func integrityFaults() throws -> [String] {
    let faults = try rows("PRAGMA integrity_check") { $0.text(0) }.filter { $0 != "ok" }
    let strays = try rows("PRAGMA foreign_key_check") { "foreign key: \($0.text(0))" }
    return faults + strays
  }
}
