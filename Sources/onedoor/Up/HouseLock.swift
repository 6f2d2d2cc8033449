internal import Foundation
internal import Glibc

/// Keeps a second `up` from the data folder of one that runs.
///
/// The file lies in the folder, says which process has it, and is never removed: a removed one
/// could be locked twice. The system drops the lock when the process ends, however it ends.
final class HouseLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock of a data folder, which is there, without waiting.
  ///
  /// - Throws: ``Failure``, `tryAgain` if another process has it, `configuration` if there can be
  ///   none.
  init(of data: String) throws {
    let path = "\(data)/up.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(.configuration, "\(path): \(String(cString: strerror(errno)))")
    }
    try ProcessLock.take(descriptor, path) {
      let holder = FileManager.default.contents(atPath: path)
        .map { String(decoding: $0, as: UTF8.self) }?
        .trimmingCharacters(in: .whitespacesAndNewlines)
      return Failure(
        .tryAgain,
        "process \(holder ?? "?") runs `onedoor up` on \(data): stop it, or say another --data"
      )
    }
    self.descriptor = descriptor
    // Only for whoever is refused; what is locked is the file, whatever it says.
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, text, text.count, 0)
  }

  deinit {
    close(descriptor)
  }
}
