internal import GRDB
internal import GRDBSQLite
package import Kernel

/// One instant of a store, kept until it is copied.
///
/// It is a read transaction on a connection of its own, and ends with its one copy. The writer goes
/// on meanwhile, but the log cannot be emptied, so whoever takes an instant copies it at once. One
/// thread at a time uses it.
package final class StoreInstant {
  /// After how many pages the copier looks whether anybody still wants the copy.
  private static let pages: Int32 = 1_024

  /// Nobody wants the copy any more.
  package struct Cancelled: Error {}

  /// The head of the feed at the instant.
  package let head: FeedHead
  /// How far others were followed at the instant, ascending by name.
  package let cursors: [Cursor]
  /// The instant, in real time, as the caller said.
  package let takenAt: Instant

  private let service: String
  private let connection: Connection
  private var isOver = false

  init(of store: Store, takenAt: Instant) throws {
    let connection = try Connection(path: store.path, role: .copier)
    do {
      try connection.run("BEGIN")
      // The first statement fixes what is seen.
      let snapshot = Snapshot(connection: connection, cache: ReferenceCache())
      head = try snapshot.feedHead()
      cursors = try snapshot.cursors()
    } catch {
      connection.close()
      throw error
    }
    self.connection = connection
    self.takenAt = takenAt
    service = store.service
  }

  deinit {
    end()
  }

  /// Lets the log be emptied again.
  private func end() {
    if isOver { return }
    isOver = true
    // Nothing was written, so how the transaction ends says nothing.
    try? connection.run("COMMIT")
    connection.close()
  }

  /// Copies the instant to a new file, checks the copy, and writes a manifest beside it.
  ///
  /// - Parameters:
  ///   - path: The new file, which must not be there yet.
  ///   - isCancelled: Asked now and then; the copy is given up when it answers so.
  /// - Returns: The manifest.
  /// - Throws: `StoreError.invalid` if the file is there, `corrupt` if the copy is not sound;
  ///   ``Cancelled``.
  package func copy(
    to path: String,
    unless isCancelled: () -> Bool = { false }
  ) throws -> BackupManifest {
    if isOver { throw StoreError.closed(detail: "the instant was copied already") }
    for file in [path, path + ".manifest"] where Files.size(file) != nil {
      throw StoreError.invalid(detail: "\(file) is there already")
    }
    let draft = path + ".part"
    // What a copy left whose process was killed.
    for file in Self.files(of: draft) { try Files.remove(file) }
    do {
      try Files.make(draft)
      try copyPages(to: draft, unless: isCancelled)
      end()
      try Self.leaveLogMode(draft)
      try Files.flush(draft)
      let manifest = try Store.inspect(draft, service: service, madeAt: takenAt)
      guard manifest.feedPosition == head.position, manifest.cursors == cursors else {
        throw StoreError.corrupt(detail: "\(draft) is not the instant that was taken")
      }
      if isCancelled() { throw Cancelled() }
      try list(manifest, draft, as: path)
      return manifest
    } catch {
      // Why there is no copy is told, not why something could not be removed.
      for file in Self.files(of: draft) { try? Files.remove(file) }
      throw error
    }
  }

  /// A file and what SQLite may put beside it.
  private static func files(of draft: String) -> [String] {
    ["", "-wal", "-shm", "-journal"].map { draft + $0 }
  }

  /// Gives a copy its manifest and then its name.
  private func list(_ manifest: BackupManifest, _ draft: String, as path: String) throws {
    try Files.writeDurably(path + ".manifest", Array(manifest.text.utf8))
    do {
      try Files.move(draft, to: path)
    } catch {
      try? Files.remove(path + ".manifest")
      throw error
    }
  }

  /// Copies page by page.
  ///
  /// `VACUUM INTO` cannot be used: it begins a transaction of its own, so the instant would be
  /// another. The transaction that is open makes SQLite copy what it shows, and never begin again
  /// when the writer commits.
  ///
  /// - Source: sqlite.org/c3ref/backup_finish.html
  private func copyPages(to draft: String, unless isCancelled: () -> Bool) throws {
    try Self.opened(draft) { target in
      // A copy that is not finished is thrown away, and a finished one is flushed as a whole.
      try Self.run("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", target)
      guard let backup = sqlite3_backup_init(target, "main", connection.handle, "main") else {
        throw StoreError(database: target, sqlite3_errcode(target))
      }
      var code = SQLITE_OK
      while code == SQLITE_OK {
        if isCancelled() {
          sqlite3_backup_finish(backup)
          throw Cancelled()
        }
        code = sqlite3_backup_step(backup, Self.pages)
      }
      let end = sqlite3_backup_finish(backup)
      guard code == SQLITE_DONE, end == SQLITE_OK else {
        throw StoreError(database: target, code == SQLITE_DONE ? end : code)
      }
    }
  }

  /// Marks a copy as one without a log, so that it can be read where nothing may be written.
  private static func leaveLogMode(_ draft: String) throws {
    try opened(draft) { try run("PRAGMA journal_mode = DELETE", $0) }
  }

  private static func opened(_ path: String, _ body: (OpaquePointer) throws -> Void) throws {
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    defer { sqlite3_close(handle) }
    guard code == SQLITE_OK, let handle else { throw StoreError(database: handle, code) }
    try body(handle)
  }

  private static func run(_ sql: String, _ handle: OpaquePointer) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw StoreError(database: handle, code) }
  }
}
