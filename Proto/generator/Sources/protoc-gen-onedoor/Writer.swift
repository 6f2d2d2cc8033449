/// Lines of generated source with their indentation.
struct Writer {
  private(set) var lines: [String] = []
  private var depth = 0

  /// Appends a line.
  mutating func line(_ text: String = "") {
    lines.append(text.isEmpty ? "" : String(repeating: "  ", count: depth) + text)
  }

  /// Appends `head {`, what `body` appends one step further in, and `}`.
  mutating func block(_ head: String, _ body: (inout Writer) -> Void) {
    line(head + " {")
    depth += 1
    body(&self)
    depth -= 1
    line("}")
  }

  /// Appends what `body` appends one step further in.
  mutating func indented(_ body: (inout Writer) -> Void) {
    depth += 1
    body(&self)
    depth -= 1
  }

  /// Appends a doc comment; `fallback` if the contract has none.
  mutating func doc(_ comment: String, or fallback: String, _ isDeprecated: Bool = false) {
    let printable = comment.unicodeScalars.filter { $0.value >= 0x20 || $0 == "\n" }
    var text = String(String.UnicodeScalarView(printable))
      .split(omittingEmptySubsequences: false) { $0.isNewline }
      .map { $0.hasPrefix(" ") ? $0.dropFirst() : $0 }
    while text.last?.isEmpty == true { text.removeLast() }
    if text.isEmpty { text = [fallback[...]] }
    if isDeprecated { text += ["", "Deprecated in the contract."] }
    for row in text { line(row.isEmpty ? "///" : "/// \(row)") }
  }

  /// A literal of a text.
  static func literal(_ text: String) -> String { text.debugDescription }

  /// The file.
  var text: String { lines.joined(separator: "\n") + "\n" }
}
