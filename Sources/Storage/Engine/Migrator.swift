internal import Crypto
internal import GRDB

/// Brings a file's schema up to what the program knows, and refuses one that it does not know.
struct Migrator {
  /// The scope of the tables that every store has.
  static let keptScope = "storage"

  let service: String
  let migrations: [Migration]
  /// Those of the tables that every store has; older ones only to make an older file.
  var kept = KeptSchema.migrations

  private static let bookkeeping = """
    CREATE TABLE IF NOT EXISTS migration (
      scope  TEXT    NOT NULL, -- `storage`, or the service
      number INTEGER NOT NULL, -- from 1, per scope
      name   TEXT    NOT NULL,
      digest TEXT    NOT NULL, -- SHA-256 of the text that was run, in hexadecimal digits
      PRIMARY KEY (scope, number)
    ) STRICT
    """

  private struct Applied {
    var number: Int
    var name: String
    var digest: String
  }

  /// Applies what is missing, each migration in a transaction of its own.
  ///
  /// - Throws: `newerSchema`, `changedMigration` or `wrongService` before anything is changed.
  func migrate(_ database: Database) throws {
    let scopes = [(Self.keptScope, kept), (service, migrations)]
    let isNew = try !database.tableExists("migration")
    if !isNew {
      try refuseStrangers(database)
      for (scope, known) in scopes { try check(try applied(database, scope), scope, known) }
    }
    for (scope, known) in scopes {
      let count = isNew && scope == Self.keptScope ? 0 : try applied(database, scope).count
      for (offset, migration) in known.enumerated().dropFirst(count) {
        try apply(database, scope, offset + 1, migration)
      }
    }
  }

  private func refuseStrangers(_ database: Database) throws {
    let stranger = try String.fetchOne(
      database,
      sql: "SELECT scope FROM migration WHERE scope NOT IN (?, ?) LIMIT 1",
      arguments: [Self.keptScope, service]
    )
    if let stranger {
      throw StoreError.wrongService(detail: "the file belongs to \(stranger), not to \(service)")
    }
  }

  private func applied(_ database: Database, _ scope: String) throws -> [Applied] {
    try GRDB.Row.fetchAll(
      database,
      sql: "SELECT number, name, digest FROM migration WHERE scope = ? ORDER BY number",
      arguments: [scope]
    ).map { Applied(number: $0[0], name: $0[1], digest: $0[2]) }
  }

  private func check(_ applied: [Applied], _ scope: String, _ known: [Migration]) throws {
    for (offset, row) in applied.enumerated() {
      guard offset < known.count else {
        throw StoreError.newerSchema(detail: "\(scope) \(row.name) is not known to this program")
      }
      let migration = known[offset]
      let isSame =
        row.digest == Self.digest(migration)
        || migration.formerDigests.contains(row.digest)
      guard row.name == migration.name, isSame else {
        throw StoreError.changedMigration(
          detail: "\(scope) \(row.name) was applied, \(migration.name) stands in its place"
        )
      }
    }
  }

  private func apply(
    _ database: Database,
    _ scope: String,
    _ number: Int,
    _ migration: Migration
  ) throws {
    try database.inTransaction(.immediate) {
      try database.execute(sql: Self.bookkeeping)
      try database.execute(sql: migration.sql)
      try database.checkForeignKeys()
      try database.execute(
        sql: "INSERT INTO migration (scope, number, name, digest) VALUES (?, ?, ?, ?)",
        arguments: [scope, number, migration.name, Self.digest(migration)]
      )
      return .commit
    }
  }

  private static func digest(_ migration: Migration) -> String {
    Hexadecimal.text(Array(SHA256.hash(data: Array(migration.sql.utf8))))
  }
}
