internal import Glibc
package import Kernel
internal import Synchronization

extension Surroundings {
  /// The world as it is: the real clock and the system's randomness.
  ///
  /// - Parameter clock: The demo clock that the hall goes by; nil if it goes by the real one.
  /// - Returns: The surroundings of a running service.
  package static func system(clock: DemoClock? = nil) -> Self {
    let randomness = Randomness()
    return Self(
      hallNow: clock.map { clock in { @Sendable in clock.now } } ?? { Instant.realNow },
      realNow: { Instant.realNow },
      randomBytes: { randomness.bytes($0) }
    )
  }
}

/// The system's randomness, fetched a kilobyte at a time: a system call for each nonce and
/// identifier would cost a writing call a tenth of its time.
///
/// What was given out is wiped here, so that it lies nowhere but with whom it was given to.
private final class Randomness: Sendable {
  private static let size = 1_024

  private struct State {
    var pool = [UInt8](repeating: 0, count: Randomness.size)
    var used = Randomness.size
  }

  private let state = Mutex(State())
  private let device = open("/dev/urandom", O_RDONLY | O_CLOEXEC)

  deinit {
    if device >= 0 { close(device) }
  }

  /// So many bytes.
  func bytes(_ count: Int) -> [UInt8] {
    if count > Self.size / 4 { return fetched(count) }
    return state.withLock { state in
      if state.used + count > Self.size {
        state.pool = fetched(Self.size)
        state.used = 0
      }
      let range = state.used..<state.used + count
      defer {
        for index in range { state.pool[index] = 0 }
        state.used += count
      }
      return Array(state.pool[range])
    }
  }

  private func fetched(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = read(device, buffer.baseAddress.map { $0 + filled }, count - filled)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { break }
        filled += got
      }
      // Where there is no device, the same source by the slower way.
      var generator = SystemRandomNumberGenerator()
      while filled < count {
        buffer[filled] = generator.next()
        filled += 1
      }
    }
  }
}

extension Instant {
  /// The real present by the system's clock.
  package static var realNow: Self {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Self(unixMilliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
