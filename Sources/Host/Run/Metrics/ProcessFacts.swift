internal import Foundation
internal import Glibc

/// What the system says of this process.
struct ProcessFacts: Sendable {
  /// - Unit: bytes.
  var residentBytes: Int64
  /// - Unit: bytes.
  var virtualBytes: Int64
  /// - Unit: seconds.
  var cpuSeconds: Double
  var openFiles: Int64
  var maximumFiles: Int64
  /// - Unit: seconds since 1970.
  var startSeconds: Double
  var threads: Int64
  /// The most memory that the container may have; nil if nobody set a limit.
  ///
  /// - Unit: bytes.
  var memoryLimit: Int64?

  /// Asks the system; what it does not tell is 0.
  ///
  /// - Source: proc(5), `/proc/self/stat` fields 14, 15, 20, 22, 23 and 24.
  static func measure() -> Self {
    let stat = text("/proc/self/stat")
    // The name in parentheses may hold spaces, so counting begins behind it, at field 3.
    let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
    func field(_ number: Int) -> Int64 {
      let index = number - 2
      return fields.indices.contains(index) ? Int64(fields[index]) ?? 0 : 0
    }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    return Self(
      residentBytes: field(24) * Int64(sysconf(Int32(_SC_PAGESIZE))),
      virtualBytes: field(23),
      cpuSeconds: Double(field(14) + field(15)) / ticks,
      openFiles: Int64(open ?? 0),
      maximumFiles: Int64(clamping: limit.rlim_cur),
      startSeconds: bootSeconds + Double(field(22)) / ticks,
      threads: field(20),
      memoryLimit: memoryLimit(files: limitFiles)
    )
  }

  /// Adds the families that Prometheus expects of every process.
  func write(to metrics: inout MetricsText) {
    metrics.begin("process_cpu_seconds_total", .counter, "Processor time used.")
    metrics.sample(cpuSeconds)
    metrics.begin("process_start_time_seconds", .gauge, "When the process was started, since 1970.")
    metrics.sample(startSeconds)
    metrics.one("process_resident_memory_bytes", .gauge, "Resident memory.", residentBytes)
    metrics.one("process_virtual_memory_bytes", .gauge, "Virtual memory.", virtualBytes)
    metrics.one("process_open_fds", .gauge, "Open file descriptors.", openFiles)
    metrics.one("process_max_fds", .gauge, "How many may be open.", maximumFiles)
    metrics.one("process_threads", .gauge, "Threads.", threads)
    guard let memoryLimit else { return }
    metrics.one(
      "onedoor_memory_limit_bytes",
      .gauge,
      "The most memory that the container may have.",
      memoryLimit
    )
  }

  /// Where a container reads its own limit: control groups of version 2, then of version 1.
  private static let limitFiles = [
    "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
  ]

  /// Larger limits are none: version 1 writes the largest number of whole pages for that.
  private static let unlimited: Int64 = 1 << 60

  /// The limit that the first file which can be read has.
  ///
  /// - Source: Documentation/admin-guide/cgroup-v2.rst (`max` for none) and cgroup-v1/memory.rst
  ///   of the Linux kernel.
  static func memoryLimit(files: [String]) -> Int64? {
    let found = files.lazy.map { text($0).split(separator: "\n").first }.first { $0 != nil }
    guard let limit = found.flatMap({ $0.flatMap { Int64($0) } }), limit < unlimited
    else { return nil }
    return limit
  }

  private static var bootSeconds: Double {
    let line = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
    return line.flatMap { Double($0.dropFirst(6)) } ?? 0
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
