internal import Glibc

/// Writes small files so that they are either whole and on the disk or not there.
enum DurableFile {
  /// Writes a file that only its owner may read.
  ///
  /// - Throws: ``Failure``.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let draft = path + ".part"
    try opened(draft, O_WRONLY | O_CREAT | O_TRUNC) { descriptor in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw failure("write", draft) }
        rest = rest.dropFirst(count)
      }
    }
    guard rename(draft, path) == 0 else { throw failure("rename", draft) }
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parent.joined(separator: "/")
    try opened(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY) { _ in }
  }

  /// Opens something, and waits until it is on the disk.
  private static func opened(
    _ path: String,
    _ flags: Int32,
    _ body: (Int32) throws -> Void
  ) throws {
    let descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    try body(descriptor)
    guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
  }

  private static func failure(_ call: String, _ path: String) -> Failure {
    let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    return Failure(.fault, "\(call) \(path): \(reason)")
  }
}
