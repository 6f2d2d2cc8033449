/// Why a store could not do what it was asked.
///
/// The detail is for the log, never for a caller: it may name files and tables.
package enum StoreError: Error, Sendable, Hashable {
  /// There is no space, or too little by `DiskSpace`. Reads go on; try again later.
  case diskFull(detail: String)

  /// The disk failed to read or write. Try again later; an operator must look.
  case io(detail: String)

  /// The file is damaged or is no store. An operator must restore it.
  case corrupt(detail: String)

  /// Another process or handle has the store.
  case locked(detail: String)

  /// The file was written by a newer program, which alone may open it.
  case newerSchema(detail: String)

  /// A migration that was applied reads otherwise now, or another one stands in its place.
  case changedMigration(detail: String)

  /// The file belongs to another service.
  case wrongService(detail: String)

  /// Commits would not reach the disk: `synchronous` is not FULL or the journal is no WAL.
  case notDurable(detail: String)

  /// A read was more work than one may be.
  case tooLong(detail: String)

  /// A constraint of the schema was broken.
  case constraint(Constraint, detail: String)

  /// The store is closed, or could not yet be opened again after a commit in doubt.
  case closed(detail: String)

  /// What was handed in breaks a rule of the store: `Limits`, names, an erased position.
  case invalid(detail: String)

  /// A backup differs from its manifest.
  case badBackup(detail: String)

  /// Anything else that SQLite says, with its extended result code. A mistake of ours.
  case sql(code: Int32, detail: String)

  /// Which kind of constraint was broken.
  package enum Constraint: Sendable, Hashable {
    case unique
    case foreignKey
    case check
    case notNull
    case other
  }

  /// The text for the log.
  package var detail: String {
    switch self {
    case .diskFull(let detail), .io(let detail), .corrupt(let detail), .locked(let detail),
      .newerSchema(let detail), .changedMigration(let detail), .wrongService(let detail),
      .notDurable(let detail), .constraint(_, let detail), .closed(let detail),
      .invalid(let detail), .badBackup(let detail), .sql(_, let detail), .tooLong(let detail):
      detail
    }
  }

  /// Whether the same call may succeed later without anybody changing it.
  package var isPassing: Bool {
    switch self {
    case .diskFull, .io, .locked, .closed: true
    case .corrupt, .newerSchema, .changedMigration, .wrongService, .notDurable, .constraint,
      .invalid, .badBackup, .sql, .tooLong:
      false
    }
  }

  /// Whether a unique constraint was broken.
  package var isUniqueViolation: Bool {
    if case .constraint(.unique, _) = self { true } else { false }
  }
}
