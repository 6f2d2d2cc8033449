internal import Crypto
internal import Glibc

/// The few things that a store does with files by itself.
enum Files {
  /// The system's words for an error number.
  static func reason(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
  }

  private static let pieceBytes = 1 << 20

  private static func opened<T>(
    _ path: String,
    _ flags: Int32,
    _ body: (Int32) throws -> T
  ) throws -> T {
    let descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw failure("open", path)
    }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  private static func failure(_ call: String, _ path: String) -> StoreError {
    let number = errno
    let detail = "\(call) \(path): \(reason(number))"
    return number == ENOSPC || number == EDQUOT ? .diskFull(detail: detail) : .io(detail: detail)
  }

  /// The size of a file in bytes, or nil if there is none.
  static func size(_ path: String) -> Int64? {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int64(facts.st_size) : nil
  }

  /// Hands a file to `body` piece by piece.
  private static func eachPiece(_ path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    try opened(path, O_RDONLY) { descriptor in
      var buffer = [UInt8](repeating: 0, count: pieceBytes)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw failure("read", path) }
        if count == 0 { return }
        try body(buffer[..<count])
      }
    }
  }

  /// The whole of a small file.
  static func contents(_ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try eachPiece(path) { bytes += $0 }
    return bytes
  }

  /// SHA-256 of a file, as 64 hexadecimal digits.
  static func sha256(_ path: String) throws -> String {
    var hasher = SHA256()
    try eachPiece(path) { hasher.update(data: $0) }
    return Hexadecimal.text(Array(hasher.finalize()))
  }

  private static func writeAll(_ descriptor: Int32, _ path: String, _ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Makes an empty file that only its owner may read, if it is not there.
  ///
  /// SQLite would let everybody read it; its log takes over the rights of the file.
  static func make(_ path: String) throws {
    try opened(path, O_RDWR | O_CREAT) { _ in }
  }

  /// Writes a new file so that it is either whole and on the disk or not there.
  static func writeDurably(_ path: String, _ bytes: [UInt8]) throws {
    let draft = path + ".part"
    do {
      try opened(draft, O_WRONLY | O_CREAT | O_TRUNC) { descriptor in
        try writeAll(descriptor, draft, bytes)
        guard fsync(descriptor) == 0 else { throw failure("fsync", draft) }
      }
      try move(draft, to: path)
    } catch {
      try? remove(draft)
      throw error
    }
  }

  /// Copies a file so that the copy is either whole and on the disk or not there.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - path: The copy.
  ///   - sha256: What the bytes must hash to, as 64 hexadecimal digits.
  /// - Returns: Whether they do; otherwise there is no copy.
  /// - Throws: `StoreError`.
  static func copyDurably(_ source: String, to path: String, sha256: String) throws -> Bool {
    let draft = path + ".part"
    var hasher = SHA256()
    try opened(draft, O_WRONLY | O_CREAT | O_TRUNC) { descriptor in
      try eachPiece(source) { piece in
        hasher.update(data: piece)
        try writeAll(descriptor, draft, Array(piece))
      }
      guard fsync(descriptor) == 0 else { throw failure("fsync", draft) }
    }
    guard Hexadecimal.text(Array(hasher.finalize())) == sha256 else {
      try remove(draft)
      return false
    }
    try move(draft, to: path)
    return true
  }

  /// Renames a file within its folder and makes the new name durable.
  static func move(_ draft: String, to path: String) throws {
    guard rename(draft, path) == 0 else { throw failure("rename", draft) }
    try flushFolder(of: path)
  }

  /// Waits until a file's bytes are on the disk.
  static func flush(_ path: String) throws {
    try opened(path, O_RDONLY) { descriptor in
      guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }
  }

  /// Waits until the names in a file's folder are on the disk.
  static func flushFolder(of path: String) throws {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast()
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    try flush(folder.isEmpty ? "/" : folder)
  }

  /// Removes a file if it is there.
  static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
  }
}
