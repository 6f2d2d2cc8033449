/// What both engines take and mean differently, so that preparing a statement cannot find it.
enum PostgreSQLRules {
  /// Words that are SQLite's own wherever they stand, or mean something else in PostgreSQL.
  private static let foreign = [
    "AUTOINCREMENT": "numbers are given without AUTOINCREMENT",
    "WITHOUT": "no table is WITHOUT ROWID",
    "COLLATE": "texts are compared by their bytes, without COLLATE",
    "GLOB": "GLOB is SQLite's alone",
    "REGEXP": "REGEXP is SQLite's alone",
    "ILIKE": "ILIKE is PostgreSQL's alone",
  ]

  /// The first fault of a text; nil if there is none.
  static func fault(_ tokens: [SQLTokens.Token]) -> DialectFault? {
    let spoken = tokens.filter(\.isSpoken)
    for (index, token) in spoken.enumerated() where token.kind == .word {
      let word = token.text.uppercased()
      if let fault = foreign[word] { return DialectFault(fault) }
      let next = spoken.dropFirst(index + 1)
      switch word {
      case "LIKE" where !isFolded(before: spoken[..<index], behind: next):
        return DialectFault("LIKE folds A to Z in SQLite alone: lower(a) LIKE lower(b)")
      case "AS" where ["INTEGER", "INT", "REAL", "BLOB"].contains(next.first?.text.uppercased()):
        return DialectFault("a number of 64 bits is CAST(a AS BIGINT) with both")
      case "LIMIT" where next.first?.text == "-":
        return DialectFault("a negative LIMIT is none in SQLite and an error in PostgreSQL")
      default: continue
      }
    }
    return nil
  }

  /// Whether both sides of LIKE are in small letters, whatever the engine makes of large ones.
  private static func isFolded(
    before: ArraySlice<SQLTokens.Token>,
    behind: ArraySlice<SQLTokens.Token>
  ) -> Bool {
    guard before.last?.text == ")", behind.first?.isWord("LOWER") == true else { return false }
    var depth = 0
    for index in before.indices.reversed() {
      if before[index].text == ")" { depth += 1 }
      if before[index].text == "(" { depth -= 1 }
      if depth == 0 { return index > before.startIndex && before[index - 1].isWord("LOWER") }
    }
    return false
  }
}
