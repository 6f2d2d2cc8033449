/// One version of a thing that another service owns, as it was followed.
package struct Reference: Sendable, Hashable {
  /// The hall that it belongs to.
  package var hall: String
  /// What it is, for example `item`.
  package var kind: String
  /// Which one, by the owner's identifier.
  package var id: String
  /// The owner's version; 0 for things without versions.
  package var version: Int64
  /// The owner's message.
  package var message: [UInt8]

  package init(hall: String, kind: String, id: String, version: Int64, message: [UInt8]) {
    self.hall = hall
    self.kind = kind
    self.id = id
    self.version = version
    self.message = message
  }
}

/// The SQL of the references' table.
enum ReferenceQueries {
  static let version = """
    SELECT hall, kind, id, version, message FROM reference
    WHERE hall = ? AND kind = ? AND id = ? AND version = ?
    """

  static let latest = """
    SELECT hall, kind, id, version, message FROM reference
    WHERE hall = ? AND kind = ? AND id = ? ORDER BY version DESC LIMIT 1
    """

  static let page = """
    SELECT hall, kind, id, version, message FROM reference AS r
    WHERE hall = ? AND kind = ? AND id > ? AND version = (
      SELECT max(version) FROM reference WHERE hall = r.hall AND kind = r.kind AND id = r.id
    )
    ORDER BY id LIMIT ?
    """

  static let versions = """
    SELECT version FROM reference WHERE hall = ? AND kind = ? AND id = ?
    ORDER BY version DESC LIMIT ?
    """

  static let revision = """
    SELECT revision FROM reference WHERE hall = ? AND kind = ? AND id = ? AND version = ?
    """

  static let save = """
    INSERT INTO reference (hall, kind, id, version, revision, message) VALUES (?, ?, ?, ?, 1, ?)
    ON CONFLICT (hall, kind, id, version)
    DO UPDATE SET revision = reference.revision + 1, message = excluded.message
    """
}

extension Snapshot {
  /// A version of a thing, or with nil the latest; nil if there is none.
  package func reference(
    hall: String,
    kind: String,
    id: String,
    version: Int64? = nil
  ) throws -> Reference? {
    let key: [Value] = [.text(hall), .text(kind), .text(id)]
    guard let version else { return try first(ReferenceQueries.latest, key, Self.reference) }
    return try first(ReferenceQueries.version, key + [.integer(version)], Self.reference)
  }

  /// The latest version of each thing of a kind, ascending by id.
  ///
  /// - Parameters:
  ///   - hall: The hall.
  ///   - kind: What they are.
  ///   - after: The id behind which to begin; empty for all.
  ///   - limit: How many at most.
  /// - Returns: one reference a thing.
  /// - Throws: `StoreError`.
  package func references(
    hall: String,
    kind: String,
    after: String = "",
    limit: Int
  ) throws -> [Reference] {
    try rows(
      ReferenceQueries.page,
      [.text(hall), .text(kind), .text(after), .integer(Int64(max(0, limit)))],
      Self.reference
    )
  }

  /// The versions of a thing that are kept, the latest first.
  ///
  /// - Parameters:
  ///   - hall: The hall.
  ///   - kind: What it is.
  ///   - id: Which one.
  ///   - limit: How many at most.
  /// - Returns: The owner's versions; empty if there is no such thing.
  /// - Throws: `StoreError`.
  package func versions(hall: String, kind: String, id: String, limit: Int) throws -> [Int64] {
    try rows(
      ReferenceQueries.versions,
      [.text(hall), .text(kind), .text(id), .integer(Int64(max(0, limit)))]
    ) { $0.integer(0) }
  }

  /// How often a version of a thing was saved.
  ///
  /// - Parameters:
  ///   - hall: The hall.
  ///   - kind: What it is.
  ///   - id: Which one.
  ///   - version: The owner's version; 0 for things without versions.
  /// - Returns: The count; 0 if there is no such version.
  /// - Throws: `StoreError`.
  package func revision(
    hall: String,
    kind: String,
    id: String,
    version: Int64 = 0
  ) throws -> Int64 {
    let key: [Value] = [.text(hall), .text(kind), .text(id), .integer(version)]
    return try first(ReferenceQueries.revision, key) { $0.integer(0) } ?? 0
  }

  /// A version of a thing, or with nil the latest, decoded; what was found once is kept.
  ///
  /// What is answered is always what this snapshot holds: what is kept is dropped whenever a
  /// commit changes a reference (`ReferenceCache`).
  ///
  /// - Parameters:
  ///   - hall: The hall.
  ///   - kind: What it is.
  ///   - id: Which one.
  ///   - version: The owner's version; nil for the latest.
  ///   - decode: Makes the value from the owner's message: for one kind always the same type, or
  ///     nothing is found in the cache and it is decoded anew.
  /// - Returns: nil if there is none.
  /// - Throws: `StoreError`, or what `decode` throws.
  package func decoded<T: Sendable>(
    hall: String,
    kind: String,
    id: String,
    version: Int64? = nil,
    _ decode: ([UInt8]) throws -> T
  ) throws -> T? {
    let key = ReferenceCache.Key(hall: hall, kind: kind, id: id, version: version)
    switch try known(key) {
    case .nothing: return nil
    case .value(let known):
      if let known = known as? ReferenceCache.Decoded<T> { return known.value }
    case nil: break
    }
    guard let found = try reference(hall: hall, kind: kind, id: id, version: version) else {
      keep(.nothing, key)
      return nil
    }
    let value = try decode(found.message)
    keep(.value(ReferenceCache.Decoded(value)), key)
    return value
  }

  private static func reference(_ row: Row) -> Reference {
    Reference(
      hall: row.text(0),
      kind: row.text(1),
      id: row.text(2),
      version: row.integer(3),
      message: row.blob(4)
    )
  }
}

extension Transaction {
  /// Saves a version of a thing, or its message anew.
  package func saveReference(_ reference: Reference) throws {
    noteReference()
    try execute(
      ReferenceQueries.save,
      [
        .text(reference.hall), .text(reference.kind), .text(reference.id),
        .integer(reference.version), .blob(reference.message),
      ]
    )
  }
}
