internal import Glibc

/// How much space the file system of a store has.
package struct DiskSpace: Sendable, Hashable {
  /// The size of the file system.
  ///
  /// - Unit: bytes.
  package var totalBytes: Int64

  /// What an ordinary user may still write.
  ///
  /// - Unit: bytes.
  package var availableBytes: Int64

  package init(totalBytes: Int64, availableBytes: Int64) {
    self.totalBytes = totalBytes
    self.availableBytes = availableBytes
  }

  /// How full a disk may be.
  package enum Level: String, Sendable, Hashable {
    /// There is room.
    case ample
    /// Somebody should make room.
    case alarm
    /// Writes are refused, so that there is room left to end in good order.
    case refusing
  }

  /// From how full on an alarm is raised.
  ///
  /// - Unit: per cent of the file system.
  package static let alarmPercent: Int64 = 80

  /// From how full on writes are refused.
  ///
  /// - Unit: per cent of the file system.
  package static let refusePercent: Int64 = 95

  /// With this much left the disk is ample whatever the percentage: 5 % of a large disk is plenty.
  ///
  /// - Unit: bytes.
  package static let ampleBytes: Int64 = 4 << 30

  /// How much is used or kept back, 0 to 100.
  package var usedPercent: Int64 {
    totalBytes > 0 ? (totalBytes - availableBytes) * 100 / totalBytes : 100
  }

  /// What that means.
  package var level: Level {
    if availableBytes >= Self.ampleBytes { return .ample }
    if usedPercent >= Self.refusePercent { return .refusing }
    return usedPercent >= Self.alarmPercent ? .alarm : .ample
  }

  /// Asks the system about the file system in which a file lies.
  package static func measure(path: String) throws(StoreError) -> Self {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else {
      throw .io(detail: "statvfs \(path): \(Files.reason(errno))")
    }
    let unit = Int64(facts.f_frsize)
    return Self(
      totalBytes: Int64(facts.f_blocks) * unit,
      availableBytes: Int64(facts.f_bavail) * unit
    )
  }
}
