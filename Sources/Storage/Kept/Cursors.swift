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

/// How far all upstreams were followed, as the writer knows it.
///
/// Each followed entry asks for it and moves it, so it is kept in memory during a batch and written
/// once before the commit.
struct Cursors: Sendable {
  /// By upstream, ascending.
  private(set) var all: [Cursor]

  init(_ all: [Cursor]) {
    self.all = all
  }

  /// Moves one.
  mutating func save(_ cursor: Cursor) {
    if let index = all.firstIndex(where: { $0.upstream == cursor.upstream }) {
      all[index] = cursor
    } else {
      let index = all.firstIndex { $0.upstream > cursor.upstream } ?? all.count
      all.insert(cursor, at: index)
    }
  }

  /// One of them; nil if it was never followed.
  subscript(upstream: String) -> Cursor? { all.first { $0.upstream == upstream } }
}

extension Snapshot {
  /// How far an upstream was followed, or nil if it never was.
  package func cursor(upstream: String) throws -> Cursor? {
    if let transaction = self as? Transaction { return transaction.reached[upstream] }
    return try first(CursorQueries.one, [.text(upstream)], Self.cursor)
  }

  /// How far all upstreams were followed, ascending by name.
  package func cursors() throws -> [Cursor] {
    if let transaction = self as? Transaction { return transaction.reached.all }
    return try rows(CursorQueries.all, [], Self.cursor)
  }

  private static func cursor(_ row: Row) -> Cursor {
    Cursor(upstream: row.text(0), position: row.integer(1), hash: row.blob(2))
  }
}

extension Transaction {
  /// Saves how far an upstream was followed, in the transaction of the effect.
  package func saveCursor(upstream: String, position: Int64, hash: [UInt8]) throws {
    reached.save(Cursor(upstream: upstream, position: position, hash: hash))
    moved.insert(upstream)
  }
}

extension Connection {
  /// Writes moved cursors into the open transaction.
  func save(_ moved: Set<String>, of cursors: Cursors) throws {
    for cursor in cursors.all where moved.contains(cursor.upstream) {
      try withStatement(
        CursorQueries.save,
        [.text(cursor.upstream), .integer(cursor.position), .blob(cursor.hash)]
      ) { _ = try Self.step($0) }
    }
  }
}
