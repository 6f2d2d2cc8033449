internal import GRDB
package import Kernel

/// What a backup says about itself, kept beside it as `.manifest`.
package struct BackupManifest: Sendable, Hashable {
  /// Whose store it is.
  package var service: String
  /// When it was made, in real time.
  package var madeAt: Instant
  /// The size of the file.
  ///
  /// - Unit: bytes.
  package var bytes: Int64
  /// SHA-256 of the file, as 64 hexadecimal digits.
  package var sha256: String
  /// The head of the feed in it: followers that are ahead of it must be told.
  package var feedPosition: Int64
  /// The hash of that entry, as hexadecimal digits.
  package var feedHash: String
  /// The last migrations, parted by commas.
  package var schema: String

  /// One `name: value` a line.
  var text: String {
    """
    format: 1
    service: \(service)
    made_at: \(madeAt.unixMilliseconds)
    bytes: \(bytes)
    sha256: \(sha256)
    feed_position: \(feedPosition)
    feed_hash: \(feedHash)
    schema: \(schema)

    """
  }

  /// Reads what `text` wrote.
  init?(text: String) {
    var fields: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else { continue }
      fields[halves[0]] = String(halves[1].drop { $0 == " " })
    }
    guard fields["format"] == "1", let service = fields["service"],
      let madeAt = fields["made_at"].flatMap(Int64.init),
      let bytes = fields["bytes"].flatMap(Int64.init), let sha256 = fields["sha256"],
      let position = fields["feed_position"].flatMap(Int64.init), let schema = fields["schema"]
    else { return nil }
    self.service = service
    self.madeAt = Instant(unixMilliseconds: madeAt)
    self.bytes = bytes
    self.sha256 = sha256
    feedPosition = position
    feedHash = fields["feed_hash"] ?? ""
    self.schema = schema
  }

  init(
    service: String,
    madeAt: Instant,
    bytes: Int64,
    sha256: String,
    head: FeedHead,
    schema: String
  ) {
    self.service = service
    self.madeAt = madeAt
    self.bytes = bytes
    self.sha256 = sha256
    feedPosition = head.position
    feedHash = Files.hexadecimal(head.hash)
    self.schema = schema
  }
}

extension Store {
  /// Copies the store to a new file, checks the copy, and writes a manifest beside it.
  ///
  /// The writer goes on meanwhile; the log cannot be emptied until the copy is made. The copy is
  /// one instant of this store; other services' backups are other instants, and followers make up
  /// for the difference.
  ///
  /// - Parameters:
  ///   - path: The new file, which must not be there yet.
  ///   - madeAt: The real present.
  /// - Returns: the manifest.
  /// - Throws: `invalid` if the file is there, `corrupt` if the copy is not sound.
  @discardableResult
  package func backup(to path: String, madeAt: Instant) throws -> BackupManifest {
    guard Files.size(path) == nil else {
      throw StoreError.invalid(detail: "\(path) is there already")
    }
    let draft = path + ".part"
    try Files.remove(draft)
    do {
      try Files.make(draft)
      let copier = try Connection(path: self.path, role: .copier)
      defer { copier.close() }
      try StoreError.translating {
        try copier.perform { try $0.execute(sql: "VACUUM INTO ?", arguments: [draft]) }
      }
      try Files.flush(draft)
      let manifest = try Self.inspect(draft, service: service, madeAt: madeAt)
      try Files.writeDurably(path + ".manifest", Array(manifest.text.utf8))
      try Files.move(draft, to: path)
      return manifest
    } catch {
      try Files.remove(draft)
      throw error
    }
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
    guard found == manifest else {
      throw StoreError.badBackup(detail: "\(path) holds not what its manifest says")
    }
    return manifest
  }

  /// Makes a store from a backup that was checked; the store must not be there.
  @discardableResult
  package static func restore(from backup: String, to path: String) throws -> BackupManifest {
    let lock = try LockFile(path: path + ".lock")
    defer { withExtendedLifetime(lock) {} }
    guard Files.size(path) == nil, Files.size(path + "-wal") == nil else {
      throw StoreError.invalid(detail: "\(path) is there already")
    }
    let manifest = try checkBackup(backup)
    try Files.copyDurably(backup, to: path)
    return manifest
  }

  private static func inspect(
    _ path: String,
    service: String,
    madeAt: Instant
  ) throws -> BackupManifest {
    let reader = try Connection(path: path, role: .reader)
    defer { reader.close() }
    let (head, schema) = try reader.perform { database -> (FeedHead, [String]) in
      let snapshot = Snapshot(connection: reader, cache: ReferenceCache())
      let faults = try snapshot.integrityFaults()
      guard faults.isEmpty else {
        throw StoreError.corrupt(detail: faults.prefix(5).joined(separator: "; "))
      }
      return (try snapshot.feedHead(), try Self.schema(database))
    }
    return BackupManifest(
      service: service,
      madeAt: madeAt,
      bytes: Files.size(path) ?? 0,
      sha256: try Files.sha256(path),
      head: head,
      schema: schema.joined(separator: ",")
    )
  }
}
