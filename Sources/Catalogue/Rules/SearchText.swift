/// The form in which names are searched: half-width, lower case, without spaces.
///
/// - Source: docs/rules/catalogue.md, rule C22
enum SearchText {
  /// The names of a thing, each without its spaces; one space stands between them, so that no word
  /// of a query is found half in the one and half in the other.
  static func names(_ zh: String, _ en: String) -> String {
    [zh, en].map { normalised($0).filter { $0 != " " } }.joined(separator: " ")
  }

  /// The normalised form of a text: half-width, lower case, single spaces.
  static func normalised(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let plain = halfWidth(scalar)
      if plain.properties.isWhitespace {
        if !result.isEmpty, !result.hasSuffix(" ") { result.append(" ") }
      } else {
        result.append(plain.properties.lowercaseMapping)
      }
    }
    return result.hasSuffix(" ") ? String(result.dropLast()) : result
  }

  /// The words of a query, normalised, each once; none if it is empty.
  static func words(_ query: String) -> [String] {
    var seen: Set<Substring> = []
    return normalised(query).split(separator: " ").filter { seen.insert($0).inserted }
      .map(String.init)
  }

  /// The pattern for LIKE that finds a text anywhere; what LIKE would read as a wildcard is
  /// escaped by `\`.
  static func pattern(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      if character == "%" || character == "_" || character == "\\" { escaped.append("\\") }
      escaped.unicodeScalars.append(character)
    }
    return "%\(escaped)%"
  }

  /// A full-width form of ASCII as the half-width one (U+FF01 to U+FF5E, U+3000).
  private static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x3000: " "
    case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    default: scalar
    }
  }
}
