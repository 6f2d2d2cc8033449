internal import GRDBSQLite
internal import Glibc

/// The prepared statements of one connection, found by the text of their SQL.
///
/// A handler's statements are found some twenty times a call, so they are looked up by the length
/// and a few bytes of their text, and only then compared whole.
struct StatementCache {
  /// A statement and the text that it was prepared from.
  private struct Prepared {
    var sql: String
    var handle: OpaquePointer
  }

  /// How many bytes of a text go into its key.
  private static let sampled = 16

  private var statements: [UInt64: [Prepared]] = [:]
  private var count = 0

  /// What there is of a text's statement.
  enum Found {
    case none
    /// It is being stepped now.
    case busy
    case free(OpaquePointer)
  }

  /// The statement of a text.
  func find(_ sql: String) -> Found {
    guard let alike = statements[Self.key(sql)] else { return .none }
    for one in alike where Self.isSame(one.sql, sql) {
      return sqlite3_stmt_busy(one.handle) == 0 ? .free(one.handle) : .busy
    }
    return .none
  }

  /// Keeps a statement; when there are too many, those that are not being stepped are dropped.
  mutating func keep(_ handle: OpaquePointer, _ sql: String) {
    if count >= Limits.statements { drop { sqlite3_stmt_busy($0) == 0 } }
    statements[Self.key(sql), default: []].append(Prepared(sql: sql, handle: handle))
    count += 1
  }

  /// Finalizes all.
  mutating func removeAll() {
    drop { _ in true }
  }

  private mutating func drop(_ isDropped: (OpaquePointer) -> Bool) {
    for (key, alike) in statements {
      let kept = alike.filter { !isDropped($0.handle) }
      for one in alike where isDropped(one.handle) { sqlite3_finalize(one.handle) }
      count -= alike.count - kept.count
      statements[key] = kept.isEmpty ? nil : kept
    }
  }

  private static func key(_ sql: String) -> UInt64 {
    sql.utf8.withContiguousStorageIfAvailable { bytes in
      var key = UInt64(bytes.count)
      var place = 0
      while place < bytes.count {
        key = (key ^ UInt64(bytes[place])) &* 0x100_0000_01B3
        place += 1 + bytes.count / sampled
      }
      return key
    } ?? UInt64(sql.utf8.count)
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    let same = one.utf8.withContiguousStorageIfAvailable { one in
      other.utf8.withContiguousStorageIfAvailable { other in
        guard one.count == other.count else { return false }
        guard let start = one.baseAddress, let otherStart = other.baseAddress else { return true }
        return start == otherStart || memcmp(start, otherStart, one.count) == 0
      }
    }
    return (same ?? nil) ?? one.utf8.elementsEqual(other.utf8)
  }
}
