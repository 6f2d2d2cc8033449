/// Media types of materials: their form, and the first bytes of those that have known ones.
enum MediaType {
  private static let beginnings: [String: [UInt8]] = [
    "application/pdf": Array("%PDF-".utf8),
    "image/png": [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
    "image/jpeg": [0xFF, 0xD8, 0xFF],
  ]

  /// How many bytes tell whether a file is of its type.
  static let telling = 8

  /// The type of a header without its parameters, in lower case; nil if it is none.
  static func named(_ header: String?) -> String? {
    guard let header else { return nil }
    let name = header.prefix { $0 != ";" && $0 != " " }.lowercased()
    let halves = name.split(separator: "/", omittingEmptySubsequences: false)
    let isToken = name.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "/.+-_".utf8.contains(byte)
    }
    guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty }), isToken, name.utf8.count <= 100
    else { return nil }
    return name
  }

  /// Whether bytes can be the beginning of a file of a type.
  static func fits(_ type: String, beginning: [UInt8]) -> Bool {
    beginnings[type].map { beginning.starts(with: $0) } ?? true
  }
}
