internal import Glibc

/// The folder in which uploaded bytes lie under their hash, and the few things done with its files.
///
/// A file is written under a passing name in `parts`, made durable, and only then renamed to
/// `<two digits>/<hash>`; so under its hash it is whole or not there, at any instant.
package struct MaterialFolder: Sendable {
  /// What the system refused.
  package struct Fault: Error, Sendable, Hashable {
    /// The call.
    package var call: String
    /// The system's number for the reason.
    package var number: Int32

    /// The fault of the call that just failed.
    static func last(_ call: String) -> Self { Self(call: call, number: errno) }

    /// Whether the disk is full.
    package var isFull: Bool { number == ENOSPC || number == EDQUOT }
  }

  /// Where it is.
  package let path: String

  /// Opens the folder, or makes it.
  ///
  /// - Throws: ``Fault``.
  package init(path: String) throws(Fault) {
    self.path = path
    try Self.make(path)
    try Self.make("\(path)/parts")
  }

  /// A folder that is there, for reading alone.
  package init(reading path: String) {
    self.path = path
  }

  /// Makes a folder if it is not there, and its name durable.
  static func make(_ path: String) throws(Fault) {
    if mkdir(path, 0o700) == 0 {
      let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      let name = parent.joined(separator: "/")
      try flush(folder: parent.isEmpty ? "." : name.isEmpty ? "/" : name)
    } else if errno != EEXIST {
      throw .last("mkdir")
    }
  }

  /// Waits until the names in a folder are on the disk.
  static func flush(folder: String) throws(Fault) {
    let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open") }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("fsync") }
  }

  private func part(_ name: String) -> String { "\(path)/parts/\(name)" }

  func shelf(_ sha256: String) -> String { "\(path)/\(sha256.prefix(2))" }

  func place(_ sha256: String) -> String { "\(shelf(sha256))/\(sha256)" }

  // MARK: - Writing

  /// Opens a new file under a passing name.
  ///
  /// - Returns: The descriptor.
  func begin(_ name: String) throws(Fault) -> Int32 {
    let descriptor = Glibc.open(part(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last("open") }
    return descriptor
  }

  /// Writes bytes behind those that are there.
  func append(_ bytes: [UInt8], to descriptor: Int32) throws(Fault) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        write(descriptor, all.baseAddress?.advanced(by: done), all.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .last("write") }
      done += count
    }
  }

  /// Makes a file durable and gives it the name of its hash.
  func finish(_ descriptor: Int32, _ name: String, as sha256: String) throws(Fault) {
    guard fsync(descriptor) == 0 else { throw .last("fsync") }
    try Self.make(shelf(sha256))
    guard rename(part(name), place(sha256)) == 0 else { throw .last("rename") }
    try Self.flush(folder: shelf(sha256))
  }

  /// Removes what lies under a passing name.
  func discard(_ name: String) {
    unlink(part(name))
  }

  // MARK: - Reading

  /// Opens the bytes of a hash.
  ///
  /// - Returns: The descriptor and the size; nil if they are not there.
  func open(_ sha256: String) -> (descriptor: Int32, size: Int64)? {
    let descriptor = Glibc.open(place(sha256), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    return (descriptor, Int64(facts.st_size))
  }

  /// Reads up to so many bytes from a place in a file.
  static func read(
    _ descriptor: Int32,
    at offset: Int64,
    count: Int
  ) throws(Fault) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    while true {
      let got = pread(descriptor, &buffer, count, off_t(offset))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .last("pread") }
      return Array(buffer.prefix(got))
    }
  }

  /// Closes a descriptor.
  static func close(_ descriptor: Int32) {
    Glibc.close(descriptor)
  }

  // MARK: - Sweeping

  /// The passing names that are there.
  func parts() -> [String] { Self.names("\(path)/parts") }

  /// The hashes of a shelf, 0 to 255.
  func hashes(onShelf number: Int) -> [String] {
    let digits = String(number, radix: 16)
    let name = digits.count == 1 ? "0\(digits)" : digits
    return Self.names("\(path)/\(name)").filter { $0.utf8.count == 64 }
  }

  /// Removes the bytes of a hash.
  func remove(_ sha256: String) {
    unlink(place(sha256))
  }

  private static func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
