internal import GRDBSQLite
package import Kernel

/// One row of an answer, valid only inside the closure that it is given to.
///
/// Columns count from 0. Asking for a number where text stands, or for a value where null stands,
/// is a mistake in our own SQL and stops the program; the optional forms answer nil for null.
package struct Row {
  private let statement: OpaquePointer

  init(statement: OpaquePointer) {
    self.statement = statement
  }

  private func type(_ column: Int) -> Int32 {
    sqlite3_column_type(statement, Int32(column))
  }

  private func isNull(_ column: Int) -> Bool {
    type(column) == SQLITE_NULL
  }

  /// A whole number.
  package func integer(_ column: Int) -> Int64 {
    precondition(type(column) == SQLITE_INTEGER, "Column \(column) holds no integer.")
    return sqlite3_column_int64(statement, Int32(column))
  }

  /// A whole number, or nil for null.
  package func optionalInteger(_ column: Int) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  /// A whole number.
  package func int(_ column: Int) -> Int {
    Int(integer(column))
  }

  /// A truth, kept as 0 or 1.
  package func bool(_ column: Int) -> Bool {
    integer(column) != 0
  }

  /// An instant, kept as milliseconds since 1970.
  package func instant(_ column: Int) -> Instant {
    Instant(unixMilliseconds: integer(column))
  }

  /// An instant, or nil for null.
  package func optionalInstant(_ column: Int) -> Instant? {
    isNull(column) ? nil : instant(column)
  }

  /// A day, kept as days since 1970.
  package func day(_ column: Int) -> Day {
    Day(epochDay: Int32(truncatingIfNeeded: integer(column)))
  }

  /// A day, or nil for null.
  package func optionalDay(_ column: Int) -> Day? {
    isNull(column) ? nil : day(column)
  }

  /// Text.
  package func text(_ column: Int) -> String {
    precondition(type(column) == SQLITE_TEXT, "Column \(column) holds no text.")
    let length = Int(sqlite3_column_bytes(statement, Int32(column)))
    guard let start = sqlite3_column_text(statement, Int32(column)) else { return "" }
    return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
  }

  /// Text, or nil for null.
  package func optionalText(_ column: Int) -> String? {
    isNull(column) ? nil : text(column)
  }

  /// The trace that a `traceparent` names; nil if it is empty.
  func trace(_ column: Int) -> TraceContext? {
    precondition(type(column) == SQLITE_TEXT, "Column \(column) holds no text.")
    let length = Int(sqlite3_column_bytes(statement, Int32(column)))
    guard length > 0, let start = sqlite3_column_text(statement, Int32(column)) else { return nil }
    return TraceContext(UnsafeRawBufferPointer(start: start, count: length))
  }

  /// Bytes.
  package func blob(_ column: Int) -> [UInt8] {
    precondition(type(column) == SQLITE_BLOB, "Column \(column) holds no blob.")
    let length = Int(sqlite3_column_bytes(statement, Int32(column)))
    // SQLite answers a null pointer for a blob of no bytes.
    guard let start = sqlite3_column_blob(statement, Int32(column)) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: length))
  }

  /// Bytes, or nil for null.
  package func optionalBlob(_ column: Int) -> [UInt8]? {
    isNull(column) ? nil : blob(column)
  }
}
