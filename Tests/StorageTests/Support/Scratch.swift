import Foundation

/// A folder of a test's own, removed with the value.
final class Scratch: Sendable {
  let folder: String

  init() {
    let name = "storage-\(UUID().uuidString)"
    folder = FileManager.default.temporaryDirectory.appending(path: name).path()
    // If it cannot be made, the first use says so.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String = "intake.sqlite") -> String {
    folder + "/" + name
  }

  /// What would be on the disk if the process died now: the file and its log, in a new place.
  func crashImage(of name: String = "intake.sqlite", as copy: String) throws -> String {
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path(name) + suffix) {
      try FileManager.default.copyItem(atPath: path(name) + suffix, toPath: path(copy) + suffix)
    }
    return path(copy)
  }

  /// Cuts a file to its first bytes or changes one of them.
  func damage(_ name: String, at offset: UInt64, with bytes: [UInt8]) throws {
    let handle = try FileHandle(forUpdating: URL(filePath: path(name)))
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }
}
