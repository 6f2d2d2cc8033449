internal import GRDB
internal import GRDBSQLite

extension StoreError {
  /// The error of a statement's last call.
  init(_ handle: OpaquePointer, _ code: Int32) {
    self.init(database: sqlite3_db_handle(handle), code)
  }

  /// The error of a connection's last call.
  init(database: OpaquePointer?, _ code: Int32) {
    let extended = sqlite3_extended_errcode(database)
    let message = sqlite3_errmsg(database).map { String(cString: $0) } ?? ""
    // The extended code describes this call only if its low byte agrees.
    self.init(code: extended & 0xFF == code & 0xFF ? extended : code, message: message)
  }

  /// What a result code of SQLite means.
  init(code: Int32, message: String) {
    let detail = "\(message) (\(code))"
    self =
      switch code & 0xFF {
      case SQLITE_FULL: .diskFull(detail: detail)
      case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY: .io(detail: detail)
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(detail: detail)
      case SQLITE_INTERRUPT: .tooLong(detail: detail)
      case SQLITE_BUSY, SQLITE_LOCKED: .locked(detail: detail)
      case SQLITE_CONSTRAINT: .constraint(Self.constraint(code), detail: detail)
      default: .sql(code: code, detail: detail)
      }
  }

  /// What an error of ours, of GRDB or of anybody else means.
  init(translating error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as DatabaseError:
      self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "")
    default: self = .sql(code: SQLITE_ERROR, detail: String(describing: error))
    }
  }

  /// Runs `body` and translates what it throws.
  static func translating<T>(_ body: () throws -> T) throws(StoreError) -> T {
    do {
      return try body()
    } catch {
      throw StoreError(translating: error)
    }
  }

  private static func constraint(_ code: Int32) -> Constraint {
    switch ResultCode(rawValue: code) {
    case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
      .unique
    case .SQLITE_CONSTRAINT_FOREIGNKEY: .foreignKey
    case .SQLITE_CONSTRAINT_CHECK: .check
    case .SQLITE_CONSTRAINT_NOTNULL: .notNull
    default: .other
    }
  }
}
