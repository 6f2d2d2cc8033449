internal import Messages

/// Collects values by key from a file and the environment, and every fault on the way.
struct ConfigurationReader {
  private(set) var values: [String: String] = [:]
  private(set) var faults: [ConfigurationError.Fault] = []

  private let keys: [String: ConfigurationKey] = Dictionary(
    uniqueKeysWithValues: ConfigurationKey.all.map { ($0.name, $0) }
  )

  /// Takes the members of a file's JSON.
  mutating func take(file: String, _ bytes: [UInt8]) {
    do {
      take(try JSONParser.parse(bytes), at: "", in: file)
    } catch {
      fault(file, error.messageEn)
    }
  }

  /// Takes the variables that begin with `ONEDOOR_`; they go before the file.
  mutating func take(environment: [String: String]) {
    let variables = Dictionary(
      uniqueKeysWithValues: ConfigurationKey.all.map { ($0.variable, $0) }
    )
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("ONEDOOR_") && name != Configuration.fileVariable {
      guard let key = variables[name] else {
        fault(name, "is not a variable of this program")
        continue
      }
      set(key, value, at: name)
    }
  }

  private mutating func fault(_ place: String, _ detail: String) {
    faults.append(ConfigurationError.Fault(place: place, detail: detail))
  }

  private mutating func take(_ value: JSONValue, at path: String, in file: String) {
    guard case .object(let members) = value else {
      return fault(path.isEmpty ? file : path, "must be an object")
    }
    var seen: Set<String> = []
    for member in members {
      let name = path.isEmpty ? member.key : "\(path).\(member.key)"
      guard seen.insert(member.key).inserted else {
        fault(name, "is there twice")
        continue
      }
      if let key = keys[name] {
        take(member.value, of: key)
      } else if keys.keys.contains(where: { $0.hasPrefix("\(name).") }) {
        take(member.value, at: name, in: file)
      } else {
        fault(name, "is not a key of this program")
      }
    }
  }

  private mutating func take(_ value: JSONValue, of key: ConfigurationKey) {
    switch (value, key.kind) {
    case (.number(let text), .number): set(key, text, at: key.name)
    case (.bool(let truth), .word(let words)) where words.contains("true"):
      set(key, truth ? "true" : "false", at: key.name)
    case (.string(let text), .text), (.string(let text), .path), (.string(let text), .place),
      (.string(let text), .placeOrNone), (.string(let text), .hosts), (.string(let text), .word),
      (.string(let text), .digits):
      set(key, text, at: key.name)
    default: fault(key.name, "must be \(key.kind.text)")
    }
  }

  private mutating func set(_ key: ConfigurationKey, _ value: String, at place: String) {
    let isFit =
      switch key.kind {
      case .text, .path: !value.isEmpty
      case .place: Address(value) != nil
      case .placeOrNone: value == "none" || Address(value) != nil
      case .digits(let count):
        value.utf8.count == count && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
      case .hosts:
        value.split(separator: ",", omittingEmptySubsequences: false)
          .allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && !$0.isWhitespace } }
      case .number(let range): Int64(value).map(range.contains) ?? false
      case .word(let words): words.contains(value)
      }
    if isFit { values[key.name] = value } else { fault(place, "must be \(key.kind.text)") }
  }
}

extension ConfigurationKey.Kind {
  /// What a value must be, as an operator reads it.
  package var text: String {
    switch self {
    case .text: "a text that is not empty"
    case .path: "a path"
    case .place: "HOST:PORT"
    case .placeOrNone: "HOST:PORT or none"
    case .digits(let count): "\(count) digits"
    case .hosts: "hosts with commas between them"
    case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .word(let words): "one of \(words.joined(separator: ", "))"
    }
  }
}
