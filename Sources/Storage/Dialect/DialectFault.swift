/// Why a text is not in the common subset of SQLite and PostgreSQL.
package struct DialectFault: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  init(_ description: String) {
    self.description = description
  }
}
