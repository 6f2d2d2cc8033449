internal import Glibc

/// A lock on an open file for this process alone.
enum ProcessLock {
  /// Locks an open file without waiting.
  ///
  /// - Parameters:
  ///   - descriptor: The file; closed if it cannot be locked.
  ///   - path: Where it lies, for a person.
  ///   - taken: What is thrown if another process has the lock.
  /// - Throws: ``Failure``, `configuration` if the system cannot lock there, as on some file
  ///   systems of a network: nobody else has it then.
  static func take(_ descriptor: Int32, _ path: String, taken: () -> Failure) throws {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let reason = errno
      if reason == EINTR { continue }
      close(descriptor)
      if reason == EWOULDBLOCK { throw taken() }
      let words = String(cString: strerror(reason))
      throw Failure(.configuration, "\(path) cannot be locked: \(words)")
    }
  }
}
