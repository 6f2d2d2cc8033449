extension GoogleProtobuf.FieldMask {
  /// True: the JSON is a text.
  package static var hasOwnJSON: Bool { true }

  /// Appends the paths in lower camel case, with commas between.
  package func writeJSON(to writer: inout JSONWriter) {
    var texts: [String] = []
    for path in paths {
      let camel = Self.camel(path)
      if camel.flatMap(Self.snake) != path { writer.fail(.pathChanges(path)) }
      texts.append(camel ?? path)
    }
    writer.text(texts.joined(separator: ","))
  }

  /// Reads paths in lower camel case with commas between.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .string(let text) = reader.current else { return reader.fault(.type(.fieldMask)) }
    if text.isEmpty { return Self() }
    var paths: [String] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let path = snake(String(part)) else { return reader.fault(.unreadable(.fieldMask)) }
      paths.append(path)
    }
    return Self(paths: paths)
  }

  /// `user_name.photo` to `userName.photo`; nil where no letter stands behind an underscore.
  private static func camel(_ path: String) -> String? {
    var bytes: [UInt8] = []
    var isBehindUnderscore = false
    for byte in path.utf8 {
      if isBehindUnderscore {
        guard (0x61...0x7A).contains(byte) else { return nil }
        bytes.append(byte - 0x20)
        isBehindUnderscore = false
      } else if byte == UInt8(ascii: "_") {
        isBehindUnderscore = true
      } else {
        bytes.append(byte)
      }
    }
    return isBehindUnderscore ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// `userName.photo` to `user_name.photo`; nil if it is no path in lower camel case.
  private static func snake(_ path: String) -> String? {
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case 0x41...0x5A: bytes += [UInt8(ascii: "_"), byte + 0x20]
      case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "."): bytes.append(byte)
      default: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
