/// How far a service has followed another one's feed.
package struct Cursor: Sendable, Hashable {
  /// The service that is followed.
  package var upstream: String
  /// The last entry that was applied; 0 if none.
  package var position: Int64
  /// The hash of that entry: if the upstream's tail is cut off, this does not agree any more.
  package var hash: [UInt8]

  package init(upstream: String, position: Int64, hash: [UInt8]) {
    self.upstream = upstream
    self.position = position
    self.hash = hash
  }
}

/// The SQL of the cursors' table.
enum CursorQueries {
  static let one = "SELECT upstream, position, hash FROM feed_cursor WHERE upstream = ?"

  // A handful of rows, one an upstream: read whole.
  static let all = "SELECT upstream, position, hash FROM feed_cursor ORDER BY upstream"

  static let save = """
    INSERT INTO feed_cursor (upstream, position, hash) VALUES (?, ?, ?)
    ON CONFLICT (upstream) DO UPDATE SET position = excluded.position, hash = excluded.hash
    """
}

extension Snapshot {
  /// How far an upstream was followed, or nil if it never was.
  package func cursor(upstream: String) throws -> Cursor? {
    try first(CursorQueries.one, [.text(upstream)], Self.cursor)
  }

  /// How far all upstreams were followed, ascending by name.
  package func cursors() throws -> [Cursor] {
    try rows(CursorQueries.all, [], Self.cursor)
  }

  private static func cursor(_ row: Row) -> Cursor {
    Cursor(upstream: row.text(0), position: row.integer(1), hash: row.blob(2))
  }
}

extension Transaction {
  /// Saves how far an upstream was followed, in the transaction of the effect.
  package func saveCursor(upstream: String, position: Int64, hash: [UInt8]) throws {
    try execute(CursorQueries.save, [.text(upstream), .integer(position), .blob(hash)])
    movedCursors[upstream] = position
  }
}
