/// Metrics in the text format of Prometheus.
///
/// - Source: prometheus.io, "Exposition formats", version 0.0.4.
package struct MetricsText: Sendable {
  /// The content type of the text.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// What kind of metric a family is.
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// A label of a sample.
  package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The text so far.
  package private(set) var text = ""
  private var family = ""

  package init() {}

  /// Begins a family; its samples follow.
  ///
  /// - Parameters:
  ///   - name: The name, which ends with `_total` for a counter and with the unit if it has one.
  ///   - kind: Its kind.
  ///   - help: One sentence.
  package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    family = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// Adds a sample of the family that was begun.
  package mutating func sample(_ value: Int64, _ labels: [Label] = [], suffix: String = "") {
    write("\(value)", labels, suffix)
  }

  /// Adds a sample of the family that was begun.
  package mutating func sample(_ value: Double, _ labels: [Label] = [], suffix: String = "") {
    write("\(value)", labels, suffix)
  }

  /// Adds a family of one sample.
  package mutating func one(_ name: String, _ kind: Kind, _ help: String, _ value: Int64) {
    begin(name, kind, help)
    sample(value)
  }

  /// Adds a family with one sample for each value of a label, sorted.
  package mutating func each(
    _ name: String,
    _ kind: Kind,
    _ help: String,
    by label: String,
    _ values: [String: Int64]
  ) {
    begin(name, kind, help)
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      sample(value, [Label(label, key)])
    }
  }

  private mutating func write(_ value: String, _ labels: [Label], _ suffix: String) {
    text += family + suffix
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
      text += "{" + pairs.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
