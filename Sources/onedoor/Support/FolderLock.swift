internal import Foundation
internal import Glibc

/// Keeps a second command from writing into a folder at the same time.
///
/// The lock is on the folder itself, so nothing is left behind; the system drops it when the
/// process ends, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Makes a folder if it is not there, and takes its lock without waiting.
  ///
  /// - Throws: ``Failure``, `tryAgain` if another process has it, `configuration` if there can be
  ///   none.
  init(making path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
    } catch {
      throw Failure(.invalid, "\(path) cannot be made: \(error.localizedDescription)")
    }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(.invalid, "\(path) cannot be opened") }
    try ProcessLock.take(descriptor, path) {
      Failure(.tryAgain, "another command is writing into \(path)")
    }
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }
}
