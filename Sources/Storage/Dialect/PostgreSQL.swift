/// PostgreSQL's form of the house's SQL.
///
/// Whatever the two engines read alike stays as it is, down to comments and blanks. What
/// PostgreSQL refuses is found when a statement is prepared there (`Tests/Outside`); what it would
/// take and mean otherwise is a fault here.
///
/// The database must have the encoding UTF8 and the collation and character class `C`: then texts
/// are compared by their bytes and `lower` changes A to Z alone, as in SQLite.
package enum PostgreSQL {
  /// A statement with `$1`, `$2` and so on for each `?`, and blobs as `bytea`.
  ///
  /// - Throws: `DialectFault` for what PostgreSQL would read otherwise.
  package static func statement(_ sql: String) throws(DialectFault) -> String {
    let tokens = try SQLTokens.split(sql)
    if let fault = PostgreSQLRules.fault(tokens) { throw fault }
    var places = 0
    return tokens.map { token in
      switch token.kind {
      case .place:
        places += 1
        return "$\(places)"
      default: return text(token)
      }
    }.joined()
  }

  /// A migration's statements with PostgreSQL's types.
  ///
  /// - Throws: `DialectFault` for what `Migration` does not allow.
  package static func migration(_ sql: String) throws(DialectFault) -> String {
    let tokens = try SQLTokens.split(sql)
    if let fault = PostgreSQLRules.fault(tokens) { throw fault }
    guard !tokens.contains(where: { $0.kind == .place }) else {
      throw DialectFault("a migration has no arguments")
    }
    var statements: [String] = []
    for statement in tokens.split(omittingEmptySubsequences: false, whereSeparator: isEnd) {
      statements.append(try definition(Array(statement)).map(text).joined())
    }
    return statements.joined(separator: ";")
  }

  private static func isEnd(_ token: SQLTokens.Token) -> Bool {
    token.kind == .sign && token.text == ";"
  }

  private static func text(_ token: SQLTokens.Token) -> String {
    guard token.kind == .blob else { return token.text }
    return "'\\x\(token.text.dropFirst(2).dropLast())'::bytea"
  }

  private static func definition(
    _ tokens: [SQLTokens.Token]
  ) throws(DialectFault) -> [SQLTokens.Token] {
    let spoken = tokens.indices.filter { tokens[$0].isSpoken }
    let words = spoken.prefix(6).map { tokens[$0].text.uppercased() }
    switch words.prefix(2) {
    case ["CREATE", "TABLE"]: return try PostgreSQLTable(tokens, spoken).translated()
    case ["ALTER", "TABLE"]:
      guard words.count > 5, words[3] == "ADD" else { return tokens }
      var result = tokens
      let type = spoken[words[4] == "COLUMN" ? 6 : 5, default: 0]
      result[type] = try PostgreSQLTable.type(tokens[type])
      return result
    default: return tokens
    }
  }
}

extension Array {
  /// The element of a place, or another one where there is none.
  fileprivate subscript(index: Int, default other: Element) -> Element {
    indices.contains(index) ? self[index] : other
  }
}
