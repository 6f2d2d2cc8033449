import Foundation

/// SHA-256 by the system's own program, so that the code under test is not its own witness.
func referenceSHA256(_ bytes: [UInt8]) -> [UInt8] {
  let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
  guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return [] }
  defer { try? FileManager.default.removeItem(atPath: path) }
  guard let output = try? Child.run("/usr/bin/sha256sum", [path]).output else { return [] }
  let digits = Array(output.prefix(64))
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(digits[$0...$0 + 1]), radix: 16)
  }
}

extension Scratch {
  /// Whether any file of the folder contains a text.
  func contains(_ text: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: folder).contains { name in
      try Data(contentsOf: URL(filePath: path(name))).range(of: Data(text.utf8)) != nil
    }
  }
}
