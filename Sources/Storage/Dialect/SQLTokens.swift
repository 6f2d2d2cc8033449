/// What the house's SQL consists of, as far as another engine must know it.
///
/// It knows the common subset alone. What SQLite reads besides, such as `[name]`, `` `name` ``,
/// `:name` and `?1`, is a fault: PostgreSQL would read it otherwise or not at all.
enum SQLTokens {
  enum Kind: Sendable, Hashable {
    /// Blanks and ends of lines.
    case space
    /// `-- to the end of the line`, or between `/*` and `*/`.
    case comment
    /// `'it''s'`.
    case text
    /// `"name"`.
    case quotedName
    /// `X'00ff'`.
    case blob
    /// `?`.
    case place
    /// A keyword, a name or a number.
    case word
    /// One sign.
    case sign
  }

  struct Token: Sendable, Hashable {
    var kind: Kind
    var text: String

    init(_ kind: Kind, _ text: String) {
      self.kind = kind
      self.text = text
    }

    /// Whether it says something to the engine.
    var isSpoken: Bool { kind != .space && kind != .comment }

    /// Whether it is a keyword, however it is written.
    func isWord(_ word: String) -> Bool {
      kind == .word && text.uppercased() == word
    }
  }

  /// Takes a text apart; the tokens' texts joined are the text again.
  ///
  /// - Throws: `DialectFault` for what is not in the subset.
  static func split(_ sql: String) throws(DialectFault) -> [Token] {
    var rest = Array(sql.utf8)[...]
    var tokens: [Token] = []
    while let first = rest.first {
      let kind = try kind(first, rest)
      let length = try length(kind, rest)
      let piece = rest.prefix(length)
      tokens.append(Token(kind, String(decoding: piece, as: UTF8.self)))
      rest = rest.dropFirst(length)
    }
    return tokens
  }

  private static func kind(
    _ first: UInt8,
    _ rest: ArraySlice<UInt8>
  ) throws(DialectFault) -> Kind {
    let second = rest.dropFirst().first ?? 0
    switch UnicodeScalar(first) {
    case " ", "\n", "\t", "\r": return .space
    case "-" where second == UInt8(ascii: "-"): return .comment
    case "/" where second == UInt8(ascii: "*"): return .comment
    case "'": return .text
    case "\"": return .quotedName
    case "x" where second == UInt8(ascii: "'"), "X" where second == UInt8(ascii: "'"):
      return .blob
    case "?":
      if isWordByte(second) { throw DialectFault("places are `?` alone, without a number") }
      return .place
    case "[", "`", ":", "@", "$", "#":
      throw DialectFault("`\(UnicodeScalar(first))` outside of a text is SQLite's alone")
    default: return isWordByte(first) ? .word : .sign
    }
  }

  private static func length(
    _ kind: Kind,
    _ rest: ArraySlice<UInt8>
  ) throws(DialectFault) -> Int {
    switch kind {
    case .space: return rest.prefix { $0 == 32 || (9...13).contains($0) }.count
    case .word: return rest.prefix(while: isWordByte).count
    case .place, .sign: return 1
    case .comment where rest.first == UInt8(ascii: "-"):
      return rest.prefix { $0 != UInt8(ascii: "\n") }.count
    case .comment: return try commentLength(rest)
    case .text, .quotedName: return try quotedLength(rest)
    case .blob: return 1 + (try quotedLength(rest.dropFirst()))
    }
  }

  /// Up to and with the closing `*/`.
  private static func commentLength(_ rest: ArraySlice<UInt8>) throws(DialectFault) -> Int {
    var length = 2
    var before: UInt8 = 0
    for byte in rest.dropFirst(2) {
      length += 1
      if before == UInt8(ascii: "*"), byte == UInt8(ascii: "/") { return length }
      // PostgreSQL nests comments, SQLite does not.
      if before == UInt8(ascii: "/"), byte == UInt8(ascii: "*") {
        throw DialectFault("a comment begins inside a comment")
      }
      before = byte
    }
    throw DialectFault("a comment does not end")
  }

  /// Up to and with the closing quote; a doubled one stands for itself.
  private static func quotedLength(_ rest: ArraySlice<UInt8>) throws(DialectFault) -> Int {
    let bytes = Array(rest)
    var index = 1
    while index < bytes.count {
      if bytes[index] == 0 { throw DialectFault("a NUL stands in a text") }
      if bytes[index] == bytes[0] {
        guard index + 1 < bytes.count, bytes[index + 1] == bytes[0] else { return index + 1 }
        index += 1
      }
      index += 1
    }
    throw DialectFault("a text does not end")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 128...:
      true
    default: false
    }
  }
}
