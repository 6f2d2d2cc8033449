internal import Glibc
package import Kernel

extension Surroundings {
  /// The world as it is: the real clock and the system's randomness.
  ///
  /// - Parameter clock: The demo clock that the hall goes by; nil if it goes by the real one.
  /// - Returns: The surroundings of a running service.
  package static func system(clock: DemoClock? = nil) -> Self {
    Self(
      hallNow: clock.map { clock in { @Sendable in clock.now } } ?? { Instant.realNow },
      realNow: { Instant.realNow },
      randomBytes: Self.systemRandomBytes
    )
  }

  /// So many bytes of the system's randomness, eight of them a system call.
  private static func systemRandomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
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
