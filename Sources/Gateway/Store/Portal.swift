internal import Kernel
internal import Storage

/// A portal that may call.
struct Portal: Sendable, Hashable {
  /// The algorithm of ``keyHash`` and ``OldKey/hash``.
  static let keyAlgorithm = "sha256"

  /// The key before the present one, while it is good too.
  struct OldKey: Sendable, Hashable {
    /// SHA-256 of the key, 32 bytes.
    var hash: [UInt8]
    /// When it ends, in real time.
    var until: Instant
  }

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
  /// From 1, one more with each change.
  var revision: Int64 = 1
  /// Who gave it its present key; empty while that is the first.
  var rotatedBy = ""
  /// When, in the hall's time; nil while that is the first.
  var rotatedAt: Instant?
  /// Nil if there is none; one that has ended may still be there.
  var oldKey: OldKey?
}

/// The SQL of portals.
enum PortalQueries {
  private static let columns = """
    id, hall, name, key_hash, subject_jwk, calls_per_second, registered_by, registered_at,
      rotated_by, rotated_at, old_key_hash, old_key_until, revision
    """

  static let byKey = "SELECT \(columns) FROM portal WHERE key_hash = ?"

  static let byOldKey = "SELECT \(columns) FROM portal WHERE old_key_hash = ?"

  static let byID = "SELECT \(columns) FROM portal WHERE id = ? AND hall = ?"

  static let page = """
    SELECT \(columns) FROM portal WHERE hall = ? AND name > ? ORDER BY name LIMIT ?
    """
}

extension Snapshot {
  /// The portal with a key, of whatever hall: the key is looked up to learn it.
  ///
  /// - Parameters:
  ///   - hash: SHA-256 of the key.
  ///   - now: The real time, at which a key before the present one may have ended.
  /// - Returns: The portal, and when this key ends; nil for a key that nobody has.
  /// - Throws: `StoreError`.
  func portal(keyHash hash: [UInt8], now: Instant) throws -> (portal: Portal, until: Instant?)? {
    if let portal = try first(PortalQueries.byKey, [.blob(hash)], Portal.init) {
      return (portal, nil)
    }
    guard let portal = try first(PortalQueries.byOldKey, [.blob(hash)], Portal.init),
      let until = portal.oldKey?.until, now < until
    else { return nil }
    return (portal, until)
  }

  /// A portal of a hall; nil if there is none.
  func portal(hall: String, id: String) throws -> Portal? {
    try first(PortalQueries.byID, [.text(id), .text(hall)], Portal.init)
  }

  /// A hall's portals by name, behind a name.
  func portals(hall: String, after name: String, limit: Int) throws -> [Portal] {
    try rows(PortalQueries.page, [.text(hall), .text(name), Value(limit)], Portal.init)
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

  /// Saves a portal's keys and raises its revision.
  func update(keysOf portal: Portal) throws {
    try execute(
      """
      UPDATE portal SET key_hash = ?, rotated_by = ?, rotated_at = ?, old_key_hash = ?,
        old_key_until = ?, revision = revision + 1
      WHERE id = ? AND hall = ?
      """,
      [
        .blob(portal.keyHash), .text(portal.rotatedBy), Value(portal.rotatedAt),
        portal.oldKey.map { .blob($0.hash) } ?? .null, Value(portal.oldKey?.until),
        .text(portal.id), .text(portal.hall),
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
      registeredAt: row.instant(7),
      revision: row.integer(12),
      rotatedBy: row.text(8),
      rotatedAt: row.optionalInstant(9),
      oldKey: row.optionalInstant(11).map { OldKey(hash: row.blob(10), until: $0) }
    )
  }
}
