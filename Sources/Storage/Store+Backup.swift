internal import GRDB
package import Kernel

extension Store {
  /// Takes the present instant of the store, to be copied at once.
  ///
  /// - Parameter takenAt: The real present.
  /// - Returns: The instant.
  /// - Throws: `StoreError`.
  package func instant(takenAt: Instant) throws -> StoreInstant {
    try StoreInstant(of: self, takenAt: takenAt)
  }

  /// Copies the present instant of the store to a new file, checks the copy, and writes a manifest
  /// beside it.
  ///
  /// The writer goes on meanwhile. The copy is one instant of this store alone: what makes several
  /// services' copies fit is in `BackupCheck`.
  ///
  /// - Parameters:
  ///   - path: The new file, which must not be there yet.
  ///   - madeAt: The real present.
  /// - Returns: the manifest.
  /// - Throws: `invalid` if the file is there, `corrupt` if the copy is not sound.
  @discardableResult
  package func backup(to path: String, madeAt: Instant) throws -> BackupManifest {
    try instant(takenAt: madeAt).copy(to: path)
  }

  /// Writes a small file beside copies, so that it is either whole and on the disk or not there;
  /// only its owner may read it.
  ///
  /// - Throws: `io` or `diskFull`.
  package static func writeFile(_ bytes: [UInt8], to path: String) throws {
    try Files.writeDurably(path, bytes)
  }

  /// Checks a backup against its manifest and its own pages.
  ///
  /// - Throws: `badBackup` or `corrupt`.
  @discardableResult
  package static func checkBackup(_ path: String) throws -> BackupManifest {
    let text = String(decoding: try Files.contents(path + ".manifest"), as: UTF8.self)
    guard let manifest = BackupManifest(text: text) else {
      throw StoreError.badBackup(detail: "\(path).manifest cannot be read")
    }
    // The hash comes first: a file that is not what was written is not even opened.
    guard Files.size(path) == manifest.bytes, try Files.sha256(path) == manifest.sha256 else {
      throw StoreError.badBackup(detail: "\(path) is not what its manifest says")
    }
    let found = try inspect(path, service: manifest.service, madeAt: manifest.madeAt)
    guard found.inFormat(of: manifest) == manifest else {
      throw StoreError.badBackup(detail: "\(path) holds not what its manifest says")
    }
    return manifest
  }

  /// Makes a store from a backup, which is checked first; the store must not be there.
  @discardableResult
  package static func restore(from backup: String, to path: String) throws -> BackupManifest {
    let manifest = try checkBackup(backup)
    try place(backup, manifest, at: path)
    return manifest
  }

  /// Makes a store from a backup that was checked; the store must not be there.
  ///
  /// - Throws: `invalid` if it is, `badBackup` if the backup was changed since it was checked.
  package static func place(_ backup: String, _ manifest: BackupManifest, at path: String) throws {
    let lock = try LockFile(path: path + ".lock")
    defer { withExtendedLifetime(lock) {} }
    if let fault = occupant(of: path) { throw fault }
    guard try Files.copyDurably(backup, to: path, sha256: manifest.sha256) else {
      throw StoreError.badBackup(detail: "\(backup) was changed while it was copied")
    }
  }

  /// What is in the way of a new store: one that is there, or a process that has it open.
  ///
  /// It writes nothing.
  package static func obstacle(at path: String) -> StoreError? {
    if Files.size(path + ".lock") != nil {
      do throws(StoreError) {
        try LockFile(path: path + ".lock").release()
      } catch {
        return error
      }
    }
    return occupant(of: path)
  }

  private static func occupant(of path: String) -> StoreError? {
    for file in [path, path + "-wal", path + "-shm"] where Files.size(file) != nil {
      return .invalid(detail: "\(file) is there already")
    }
    return nil
  }

  /// Opens a copy, looks through its pages, and reads what its manifest must say.
  static func inspect(
    _ path: String,
    service: String,
    madeAt: Instant
  ) throws -> BackupManifest {
    let reader = try Connection(path: path, role: .reader)
    defer { reader.close() }
    let (head, cursors, schema) = try reader.perform { database in
      let snapshot = Snapshot(connection: reader, cache: ReferenceCache())
      let faults = try snapshot.integrityFaults()
      guard faults.isEmpty else {
        throw StoreError.corrupt(detail: faults.prefix(5).joined(separator: "; "))
      }
      return (try snapshot.feedHead(), try snapshot.cursors(), try Self.schema(database))
    }
    return BackupManifest(
      service: service,
      madeAt: madeAt,
      bytes: Files.size(path) ?? 0,
      sha256: try Files.sha256(path),
      head: head,
      cursors: cursors,
      schema: schema.joined(separator: ",")
    )
  }
}
