internal import Storage

/// Writes small files so that they are either whole and on the disk or not there.
enum DurableFile {
  /// Writes a file that only its owner may read.
  ///
  /// - Throws: ``Failure``.
  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      try Store.writeFile(bytes, to: path)
    } catch {
      throw Failure(.fault, (error as? StoreError)?.detail ?? "\(path): \(error)")
    }
  }
}
