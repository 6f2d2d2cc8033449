internal import Service

extension Log {
  /// Writes what an engine reports.
  func write(_ report: Engine.Report) {
    switch report {
    case .fault(let method, let detail):
      error("a call failed for a fault of ours", [.method: method, .detail: detail])
    case .timerFailed(let kind, let subject, let detail):
      error("a timer failed", [.kind: kind, .subject: subject, .detail: detail])
    case .followerStopped(let upstream, let position, let detail):
      error(
        "a followed entry cannot be applied",
        [.upstream: upstream, .position: "\(position)", .detail: detail]
      )
    case .commitInDoubt(let detail):
      error("a commit is in doubt", [.detail: detail])
    }
  }
}
