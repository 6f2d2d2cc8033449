internal import Glibc
internal import Service

extension MaterialFolder {
  /// Why a copy is not what it should be.
  package enum CopyFault: Error, Sendable, Hashable {
    /// A file's bytes do not hash to its name.
    case changed(sha256: String)
    /// The system refused something.
    case file(Fault)
    /// Nobody wants the copy any more.
    case cancelled
  }

  /// How much is in a folder.
  package struct Amount: Sendable, Hashable {
    package var files = 0
    /// In bytes.
    package var bytes: Int64 = 0

    package init(files: Int = 0, bytes: Int64 = 0) {
      self.files = files
      self.bytes = bytes
    }
  }

  /// How many bytes are read at once.
  private static let piece = 1 << 20

  /// The hashes that are there, ascending.
  package func all() -> [String] {
    (0..<256).flatMap { hashes(onShelf: $0).sorted() }
  }

  /// The size of a hash's bytes; nil if they are not there.
  package func size(_ sha256: String) -> Int64? {
    var facts = stat()
    return stat(place(sha256), &facts) == 0 ? Int64(facts.st_size) : nil
  }

  /// Reads the bytes of a hash and looks whether they are its.
  ///
  /// - Throws: ``CopyFault``.
  package func verify(_ sha256: String) throws(CopyFault) {
    let kept: (size: Int64, hash: String)?
    do throws(Fault) {
      kept = try self.kept(sha256)
    } catch {
      throw .file(error)
    }
    guard let kept else { throw .file(.last("open")) }
    guard kept.hash == sha256 else { throw .changed(sha256: sha256) }
  }

  /// Reads what lies under a hash.
  ///
  /// - Returns: How many bytes there are, and the hash that they have; nil if there is no file.
  func kept(_ sha256: String) throws(Fault) -> (size: Int64, hash: String)? {
    guard let (descriptor, _) = open(sha256) else { return nil }
    defer { Self.close(descriptor) }
    var digest = Digest.Stream()
    var size: Int64 = 0
    try Self.eachPiece(descriptor) { piece in
      digest.update(piece)
      size += Int64(piece.count)
    }
    return (size, Digest.hex(digest.finalize()))
  }

  /// Puts what is not there yet into another folder: as a second name of the same file where the
  /// file system is the same, and as a copy where it is not.
  ///
  /// Nothing under a hash is ever changed, so two names may share it. Each file is read and hashed.
  ///
  /// - Parameters:
  ///   - other: The other folder.
  ///   - isCancelled: Asked before each file.
  /// - Returns: What is in the other folder then.
  /// - Throws: ``CopyFault``.
  package func copy(
    to other: MaterialFolder,
    unless isCancelled: () -> Bool = { false }
  ) throws(CopyFault) -> Amount {
    var amount = Amount()
    for number in 0..<256 {
      for sha256 in hashes(onShelf: number).sorted() where other.size(sha256) == nil {
        if isCancelled() { throw .cancelled }
        do throws(Fault) {
          try copy(sha256, to: other)
        } catch {
          // What nobody attached may be swept away at any time.
          if error.number == ENOENT { continue }
          throw .file(error)
        }
        try other.verify(sha256)
      }
      for sha256 in other.hashes(onShelf: number) {
        amount.files += 1
        amount.bytes += other.size(sha256) ?? 0
      }
    }
    return amount
  }

  private func copy(_ sha256: String, to other: MaterialFolder) throws(Fault) {
    try Self.make(other.shelf(sha256))
    if link(place(sha256), other.place(sha256)) == 0 {
      return try Self.flush(folder: other.shelf(sha256))
    }
    guard errno != ENOENT else { throw .last("link") }
    guard let (source, _) = open(sha256) else { throw .last("open") }
    defer { Self.close(source) }
    other.discard(sha256)
    let target = try other.begin(sha256)
    defer { Self.close(target) }
    do throws(Fault) {
      try Self.eachPiece(source) { (piece) throws(Fault) in try other.append(piece, to: target) }
      try other.finish(target, sha256, as: sha256)
    } catch {
      other.discard(sha256)
      throw error
    }
  }

  private static func eachPiece(
    _ descriptor: Int32,
    _ body: ([UInt8]) throws(Fault) -> Void
  ) throws(Fault) {
    var offset: Int64 = 0
    while true {
      let bytes = try read(descriptor, at: offset, count: piece)
      if bytes.isEmpty { return }
      try body(bytes)
      offset += Int64(bytes.count)
    }
  }
}
