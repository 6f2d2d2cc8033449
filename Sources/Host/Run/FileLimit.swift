internal import Glibc

/// How many files and sockets the process may have open.
enum FileLimit {
  /// What the process needs besides the connections of its callers.
  private static let reserve = 512

  /// Raises the limit as far as the system lets the process.
  ///
  /// - Returns: How many connections of callers there may be.
  static func raise() -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return reserve }
    var raised = limit
    raised.rlim_cur = min(limit.rlim_max, 1 << 20)
    if setrlimit(resource, &raised) == 0 { limit = raised }
    return max(reserve, Int(min(limit.rlim_cur, 1 << 20)) - reserve)
  }
}
