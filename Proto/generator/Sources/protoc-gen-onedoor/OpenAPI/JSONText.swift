/// A JSON value that keeps the order of its members.
indirect enum JSONText: Sendable {
  case text(String)
  case number(Int64)
  case flag(Bool)
  case list([JSONText])
  case object([(String, JSONText)])

  /// A list of texts.
  static func texts(_ texts: [String]) -> JSONText { .list(texts.map { .text($0) }) }

  /// The value on one line.
  var line: String {
    switch self {
    case .text(let text): Self.quoted(text)
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "true" : "false"
    case .list(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0)):\($1.line)" }.joined(separator: ",") + "}"
    }
  }

  /// The value with the members of its first `depth` levels on lines of their own, so that a
  /// change shows as a change of few lines.
  func lines(depth: Int) -> String {
    guard depth > 0, case .object(let members) = self, !members.isEmpty else { return line }
    let inner = members.map { "\(Self.quoted($0)):\($1.lines(depth: depth - 1))" }
    return "{\n" + inner.joined(separator: ",\n") + "\n}"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
