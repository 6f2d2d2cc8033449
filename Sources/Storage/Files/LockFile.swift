internal import Glibc
internal import Synchronization

/// The lock that keeps a second process, and a second handle of this one, from a store's file.
///
/// It lies beside the store and is never removed: a removed lock file could be locked twice. The
/// system drops the lock when the process ends, however it ends.
final class LockFile: Sendable {
  private let descriptor: Mutex<Int32?>

  /// Takes the lock, without waiting.
  init(path: String) throws(StoreError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .io(detail: "open \(path): \(Files.reason(errno))")
    }
    // flock belongs to the open file, not to the process as fcntl's locks do, so that a second
    // handle in the same process is kept out as well.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(descriptor)
      guard reason == EWOULDBLOCK else {
        throw .io(detail: "flock \(path): \(Files.reason(reason))")
      }
      throw .locked(detail: "\(path) is held by another process or handle")
    }
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    release()
  }

  /// Gives the lock up.
  func release() {
    descriptor.withLock { descriptor in
      guard let held = descriptor else { return }
      // A child that another thread is just starting has a copy of the descriptor until it runs
      // its program; unlocking goes for all copies, closing would only close ours.
      flock(held, LOCK_UN)
      close(held)
      descriptor = nil
    }
  }
}
