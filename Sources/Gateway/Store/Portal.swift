internal import Kernel
internal import Storage

/// A portal that may call.
struct Portal: Sendable, Hashable {
  /// The algorithm of ``keyHash``.
  static let keyAlgorithm = "sha256"

  var id: String
  var hall: String
  /// Unique in the hall.
  var name: String
  /// SHA-256 of the key, 32 bytes.
  var keyHash: [UInt8]
  /// The public key with which it signs for whom it speaks; empty if it speaks for itself alone.
  var subjectKey: String
  /// 0 for the deployment's default.
  var callsPerSecond: Int
  var registeredBy: String
  var registeredAt: Instant
}

extension Snapshot {
  /// The portal with a key, of whatever hall: the key is looked up to learn it.
  func portal(keyHash: [UInt8]) throws -> Portal? {
    try first(
      """
      SELECT id, hall, name, key_hash, subject_jwk, calls_per_second, registered_by, registered_at
      FROM portal WHERE key_hash = ?
      """,
      [.blob(keyHash)],
      Portal.init
    )
  }

  /// Whether a name is taken.
  func hasPortal(hall: String, name: String) throws -> Bool {
    try first("SELECT 1 FROM portal WHERE hall = ? AND name = ?", [.text(hall), .text(name)]) {
      _ in true
    } ?? false
  }
}

extension Transaction {
  func insert(_ portal: Portal) throws {
    try execute(
      """
      INSERT INTO portal (id, hall, name, key_alg, key_hash, subject_jwk, calls_per_second,
        registered_by, registered_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(portal.id), .text(portal.hall), .text(portal.name), .text(Portal.keyAlgorithm),
        .blob(portal.keyHash), .text(portal.subjectKey), Value(portal.callsPerSecond),
        .text(portal.registeredBy), Value(portal.registeredAt),
      ]
    )
  }
}

extension Portal {
  fileprivate init(_ row: Row) {
    self.init(
      id: row.text(0),
      hall: row.text(1),
      name: row.text(2),
      keyHash: row.blob(3),
      subjectKey: row.text(4),
      callsPerSecond: row.int(5),
      registeredBy: row.text(6),
      registeredAt: row.instant(7)
    )
  }
}
