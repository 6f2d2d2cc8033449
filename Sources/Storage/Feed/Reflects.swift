/// The text form of what a writer had seen, as it stands in the store: `approval=12 intake=7`.
enum Reflects {
  /// Looks at the names.
  ///
  /// - Throws: `StoreError.invalid` for one that the text could not carry.
  static func check(_ reflects: [String: Int64]) throws {
    for name in reflects.keys {
      let isPlain = name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      }
      guard !name.isEmpty, isPlain else {
        throw StoreError.invalid(detail: "\(name) is no name of a service")
      }
    }
  }

  /// The text of names that were looked at, ascending by service.
  static func text(_ reflects: [String: Int64]) -> String {
    if reflects.isEmpty { return "" }
    if reflects.count == 1, let (name, position) = reflects.first { return "\(name)=\(position)" }
    return reflects.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: " ")
  }

  /// The map that a text stands for.
  ///
  /// - Throws: `StoreError.corrupt` if it is none.
  static func map(_ text: String) throws -> [String: Int64] {
    var map: [String: Int64] = [:]
    for part in text.utf8.split(separator: UInt8(ascii: " ")) {
      guard let equals = part.firstIndex(of: UInt8(ascii: "=")), equals > part.startIndex,
        let position = Int64(Substring(part[part.index(after: equals)...]))
      else { throw StoreError.corrupt(detail: "reflects: \(text)") }
      map[String(Substring(part[..<equals]))] = position
    }
    return map
  }
}
