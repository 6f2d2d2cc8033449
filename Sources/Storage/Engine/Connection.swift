internal import CWriteAheadLog
internal import GRDB
internal import GRDBSQLite

/// One SQLite connection with its prepared statements.
///
/// GRDB opens and closes it, and begins and ends what is written, so that its observers see that.
/// Everything between binds, steps and reads by SQLite's own functions: GRDB's
/// `execute(arguments:)` costs a third of a batch's time, and its queue more than a point read.
///
/// - Note: `@unchecked Sendable` because one thread uses it at a time: the writer's mutex and the
///   pool of readers lend it to one, and GRDB opened it for that (`SQLITE_OPEN_NOMUTEX`).
final class Connection: @unchecked Sendable {
  /// What a connection may do.
  enum Role {
    /// The one that writes and checkpoints.
    case writer
    /// One of those that only read.
    case reader
    /// A reader whose transaction lasts as long as a copy takes, however much work that is.
    case copier
  }

  let queue: DatabaseQueue

  /// SQLite's own handle.
  let handle: OpaquePointer

  private let role: Role
  private var statements = StatementCache()

  /// In which generation of its pool a reader was opened.
  var generation = 0
  /// How many steps of instructions the read that runs has left; SQLite's handler counts down.
  private let steps = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  /// Whether the open transaction saved references, so that what it decodes must not be cached.
  var hasUnkeptReferences = false

  /// What came of letting SQLite write its logs in few long writes, once a process.
  private static let logWriting = onedoor_install_write_ahead_log()

  /// Opens the file; the writer creates it if need be.
  init(path: String, role: Role) throws(StoreError) {
    guard Self.logWriting == SQLITE_OK else {
      throw .io(detail: "SQLite takes no VFS: \(Self.logWriting)")
    }
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
    let queue = try StoreError.translating {
      try DatabaseQueue(path: path, configuration: configuration)
    }
    self.queue = queue
    handle = try StoreError.translating {
      try queue.unsafeRead { database in
        guard let handle = database.sqliteConnection else {
          throw StoreError.closed(detail: path)
        }
        return handle
      }
    }
    steps.initialize(to: .max)
    try StoreError.translating { try perform { try Self.setUp($0, role) } }
    if role == .reader { countInstructions() }
  }

  deinit {
    steps.deallocate()
  }

  /// Lets SQLite break off a read that is too much work.
  private func countInstructions() {
    sqlite3_progress_handler(
      handle,
      Limits.instructionStep,
      { context in
        guard let steps = context?.assumingMemoryBound(to: Int.self) else { return 0 }
        steps.pointee -= 1
        return steps.pointee < 0 ? 1 : 0
      },
      steps
    )
  }

  /// Gives the next read its whole measure of work.
  ///
  /// - Parameter instructions: Of SQLite's virtual machine.
  func allow(_ instructions: Int) {
    steps.pointee = instructions / Int(Limits.instructionStep)
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
      // What a batch changes must fit, or its pages go to the log again and again.
      try database.execute(sql: "PRAGMA cache_size = -\(Limits.writerCacheKilobytes)")
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

  /// Runs `body` alone on the connection, with GRDB's view of it.
  func perform<T>(_ body: (Database) throws -> T) rethrows -> T {
    if role == .writer {
      try queue.writeWithoutTransaction(body)
    } else {
      try queue.unsafeRead(body)
    }
  }

  /// Closes the connection; the last one of a file also checkpoints.
  func close() {
    statements.removeAll()
    // Nothing can be done about a failure here: what was committed is in the log already.
    try? queue.close()
  }

  /// Runs a statement without arguments and rows.
  func run(_ sql: String) throws {
    try withStatement(sql, []) { _ = try Self.step($0) }
  }

  /// Hands a statement with its arguments bound to `body`, and resets it afterwards.
  func withStatement<T>(
    _ sql: String,
    _ arguments: [Value],
    _ body: (OpaquePointer) throws -> T
  ) throws -> T {
    switch statements.find(sql) {
    case .free(let statement): return try Self.use(statement, arguments, body)
    case .none:
      let statement = try prepare(sql)
      statements.keep(statement, sql)
      return try Self.use(statement, arguments, body)
    case .busy:
      // The one whose rows are being read right now keeps its place in the cache.
      let statement = try prepare(sql)
      defer { sqlite3_finalize(statement) }
      return try Self.use(statement, arguments, body)
    }
  }

  private static func use<T>(
    _ statement: OpaquePointer,
    _ arguments: [Value],
    _ body: (OpaquePointer) throws -> T
  ) throws -> T {
    // The reset's result only repeats the error of the last step, which has been thrown. What was
    // bound stays until it is bound anew, which spares getting and giving back its memory.
    defer { sqlite3_reset(statement) }
    try bind(statement, arguments)
    return try body(statement)
  }

  private func prepare(_ sql: String) throws -> OpaquePointer {
    var statement: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
    guard code == SQLITE_OK else { throw StoreError(database: handle, code) }
    guard let statement else { throw StoreError.invalid(detail: "no statement: \(sql)") }
    StatementWitness.tell(.prepared(path: queue.path, sql: sql))
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
        case .text(let text):
          text.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
              sqlite3_bind_text(handle, place, $0.baseAddress, Int32($0.count), copying)
            }
          } ?? sqlite3_bind_text(handle, place, text, -1, copying)
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
