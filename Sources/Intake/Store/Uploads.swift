package import Kernel
package import Storage

/// A file that somebody uploaded.
///
/// The bytes lie beside the store under their hash.
package struct UploadRow: Sendable, Hashable {
  package var hall: String
  package var owner: String
  package var sha256: String
  /// In bytes.
  package var size: Int64
  package var mediaType: String
  /// In real time.
  package var uploadedAt: Instant
}

/// The SQL of uploads.
package enum UploadQueries {
  static let own = """
    SELECT hall, owner, sha256, size, media_type, uploaded_at FROM upload
    WHERE hall = ? AND owner = ? AND sha256 = ?
    """

  static let any = """
    SELECT hall, owner, sha256, size, media_type, uploaded_at FROM upload
    WHERE sha256 = ? AND hall = ? LIMIT 1
    """

  static let lately = """
    SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM upload
    WHERE hall = ? AND owner = ? AND uploaded_at > ? AND sha256 <> ?
    """

  // The bytes are shared by all halls, so the sweep asks across them.
  static let exists = "SELECT 1 FROM upload WHERE sha256 = ? LIMIT 1"

  /// Of all halls, for a backup: their bytes must be there.
  ///
  /// The sign before the column keeps the index by `attached` away, which would sort all first.
  package static let attached = """
    SELECT DISTINCT sha256 FROM upload WHERE sha256 > ? AND +attached = 1 ORDER BY sha256 LIMIT ?
    """

  static let save = """
    INSERT INTO upload (hall, owner, sha256, size, media_type, uploaded_at, attached)
    VALUES (?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (hall, owner, sha256) DO UPDATE SET
      media_type = excluded.media_type, uploaded_at = excluded.uploaded_at
    """

  static let attach = """
    UPDATE upload SET attached = 1 WHERE hall = ? AND owner = ? AND sha256 = ? AND attached = 0
    """

  package static let loose = """
    SELECT hall, owner, sha256 FROM upload WHERE attached = 0 AND uploaded_at < ?
    ORDER BY uploaded_at LIMIT ?
    """

  static let remove = """
    DELETE FROM upload WHERE hall = ? AND owner = ? AND sha256 = ? AND attached = 0
      AND uploaded_at < ?
    """
}

extension Snapshot {
  /// What an owner uploaded under a hash; nil if it was another's, or nobody's.
  package func upload(hall: String, owner: String, sha256: String) throws -> UploadRow? {
    try first(
      UploadQueries.own,
      [.text(hall), .text(owner), .text(sha256)],
      UploadRow.init
    )
  }

  /// What anybody uploaded in a hall under a hash; nil if nobody did.
  package func upload(hall: String, sha256: String) throws -> UploadRow? {
    try first(UploadQueries.any, [.text(sha256), .text(hall)], UploadRow.init)
  }

  /// How many files and bytes an owner uploaded since an instant, besides the file with a hash,
  /// which counts once however often it comes.
  package func uploaded(
    hall: String,
    owner: String,
    since instant: Instant,
    besides sha256: String
  ) throws -> (files: Int, bytes: Int64) {
    let arguments: [Value] = [.text(hall), .text(owner), Value(instant), .text(sha256)]
    return try first(UploadQueries.lately, arguments) { row in
      (files: row.int(0), bytes: row.integer(1))
    } ?? (files: 0, bytes: 0)
  }

  /// Whether any row speaks of these bytes.
  package func hasUpload(sha256: String) throws -> Bool {
    try first(UploadQueries.exists, [.text(sha256)]) { _ in true } ?? false
  }
}

extension Snapshot {
  /// The hashes of files that are attached to applications, of all halls, ascending.
  ///
  /// - Parameters:
  ///   - sha256: Only those behind it; empty for the first.
  ///   - limit: How many at most.
  /// - Returns: The hashes.
  /// - Throws: `StoreError`.
  package func attachedUploads(after sha256: String, limit: Int) throws -> [String] {
    try rows(UploadQueries.attached, [.text(sha256), Value(limit)]) { $0.text(0) }
  }
}

extension UploadRow {
  init(_ row: Row) {
    hall = row.text(0)
    owner = row.text(1)
    sha256 = row.text(2)
    size = row.integer(3)
    mediaType = row.text(4)
    uploadedAt = row.instant(5)
  }
}

extension Transaction {
  /// Keeps that somebody uploaded bytes; a repeat only makes them fresh again.
  package func save(_ upload: UploadRow) throws {
    try execute(
      UploadQueries.save,
      [
        .text(upload.hall), .text(upload.owner), .text(upload.sha256), .integer(upload.size),
        .text(upload.mediaType), Value(upload.uploadedAt),
      ]
    )
  }

  /// Keeps that an upload is attached, so that it stays.
  package func markAttached(hall: String, owner: String, sha256: String) throws {
    try execute(UploadQueries.attach, [.text(hall), .text(owner), .text(sha256)])
  }

  /// Forgets uploads that nobody attached, the oldest first.
  ///
  /// - Parameters:
  ///   - instant: Only those uploaded before, in real time.
  ///   - limit: How many at most.
  /// - Returns: How many were forgotten.
  /// - Throws: `StoreError`.
  @discardableResult
  package func removeLooseUploads(before instant: Instant, limit: Int) throws -> Int {
    let keys = try rows(UploadQueries.loose, [Value(instant), Value(limit)]) {
      [Value.text($0.text(0)), .text($0.text(1)), .text($0.text(2))]
    }
    for key in keys { try execute(UploadQueries.remove, key + [Value(instant)]) }
    return keys.count
  }
}
