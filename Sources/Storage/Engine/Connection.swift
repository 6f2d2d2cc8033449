internal import GRDB
internal import GRDBSQLite

/// One SQLite connection with its prepared statements.
///
/// GRDB opens and closes it, holds its queue, and begins and ends transactions, so that its
/// observers see them. Everything between binds, steps and reads by SQLite's own functions: GRDB's
/// `execute(arguments:)` costs a third of a batch's time.
///
/// - Note: `@unchecked Sendable` because every stored variable is touched only inside `perform`,
///   which runs one body at a time on the queue.
final class Connection: @unchecked Sendable {
  /// What a connection may do.
  enum Role {
    /// The one that writes and checkpoints.
    case writer
    /// One of those that only read.
    case reader
    /// A reader that may write another file, which `VACUUM INTO` needs.
    case copier
  }

  let queue: DatabaseQueue
  private let role: Role
  private var statements: [String: Statement] = [:]

  /// Whether the open transaction saved references, so that what it decodes must not be cached.
  var hasUnkeptReferences = false

  /// Opens the file; the writer creates it if need be.
  init(path: String, role: Role) throws(StoreError) {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(Double(Limits.busySeconds))
    if role == .writer {
      configuration.journalMode = .wal
    } else {
      configuration.readonly = true
    }
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA mmap_size = 0")
    }
    self.role = role
    queue = try StoreError.translating {
      try DatabaseQueue(path: path, configuration: configuration)
    }
    try StoreError.translating { try perform { try Self.setUp($0, role) } }
  }

  /// Sets what must be set after the queue is open.
  ///
  /// GRDB turns `synchronous` to NORMAL when it sets the journal mode, after its
  /// `prepareDatabase` has run: a FULL that is set there is lost without a word.
  private static func setUp(_ database: Database, _ role: Role) throws {
    switch role {
    case .writer:
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // What is erased must not be left in the file's free pages.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Limits.checkpointPages)")
      try database.execute(sql: "PRAGMA journal_size_limit = \(Limits.keptLogBytes)")
      let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
      let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
      guard level == 2, journal == "wal" else {
        throw StoreError.notDurable(
          detail: "synchronous \(level ?? -1), journal \(journal ?? "unknown")"
        )
      }
    case .reader:
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try database.execute(sql: "PRAGMA query_only = ON")
    case .copier:
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
    }
  }

  /// Runs `body` alone on the connection.
  func perform<T>(_ body: (Database) throws -> T) rethrows -> T {
    if role == .writer {
      try queue.writeWithoutTransaction(body)
    } else {
      try queue.unsafeRead(body)
    }
  }

  /// Closes the connection; the last one of a file also checkpoints.
  func close() {
    perform { _ in statements.removeAll() }
    // Nothing can be done about a failure here: what was committed is in the log already.
    try? queue.close()
  }

  /// Hands a statement with its arguments bound to `body`, and resets it afterwards.
  func withStatement<T>(
    _ database: Database,
    _ sql: String,
    _ arguments: [Value],
    _ body: (OpaquePointer) throws -> T
  ) throws -> T {
    let statement = try prepared(database, sql)
    let handle = statement.sqliteStatement
    // The reset's result only repeats the error of the last step, which has been thrown.
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    try Self.bind(handle, arguments)
    return try withExtendedLifetime(statement) { try body(handle) }
  }

  private func prepared(_ database: Database, _ sql: String) throws -> Statement {
    if let known = statements[sql], sqlite3_stmt_busy(known.sqliteStatement) == 0 { return known }
    let statement = try StoreError.translating { try database.makeStatement(sql: sql) }
    // A statement whose rows are being read right now keeps its place in the cache.
    guard statements[sql] == nil else { return statement }
    if statements.count >= Limits.statements { statements.removeAll(keepingCapacity: true) }
    statements[sql] = statement
    return statement
  }

  private static func bind(_ handle: OpaquePointer, _ arguments: [Value]) throws {
    let wanted = Int(sqlite3_bind_parameter_count(handle))
    guard wanted == arguments.count else {
      throw StoreError.invalid(detail: "\(arguments.count) arguments for \(wanted) places")
    }
    // SQLITE_TRANSIENT, a macro that Swift does not see: SQLite copies the bytes.
    let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (offset, argument) in arguments.enumerated() {
      let place = Int32(offset + 1)
      let code =
        switch argument {
        case .null:
          sqlite3_bind_null(handle, place)
        case .integer(let number):
          sqlite3_bind_int64(handle, place, number)
        case .text(let text) where text.isEmpty:
          // A buffer of no bytes may have no address, and no address would bind null.
          sqlite3_bind_text(handle, place, "", 0, copying)
        case .text(var text):
          text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
              sqlite3_bind_text(handle, place, $0.baseAddress, Int32($0.count), copying)
            }
          }
        case .blob(let bytes) where bytes.isEmpty:
          sqlite3_bind_zeroblob(handle, place, 0)
        case .blob(let bytes):
          sqlite3_bind_blob(handle, place, bytes, Int32(bytes.count), copying)
        }
      guard code == SQLITE_OK else { throw StoreError(handle, code) }
    }
  }

  /// Steps once.
  ///
  /// - Returns: whether there is a row.
  static func step(_ handle: OpaquePointer) throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: true
    case SQLITE_DONE: false
    case let code: throw StoreError(handle, code)
    }
  }
}
