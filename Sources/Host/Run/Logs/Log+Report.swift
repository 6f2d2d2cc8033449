internal import Service

extension Log {
  /// Writes what an engine reports.
  func write(_ report: Engine.Report) {
    switch report {
    case .fault(let method, let detail, let trace):
      error("a call failed for a fault of ours", [.method: method, .detail: detail], trace: trace)
    case .timerFailed(let kind, let subject, let detail, let trace):
      error("a timer failed", [.kind: kind, .subject: subject, .detail: detail], trace: trace)
    case .followerStopped(let upstream, let position, let detail, let trace):
      error(
        "a followed entry cannot be applied",
        [.upstream: upstream, .position: "\(position)", .detail: detail],
        trace: trace
      )
    case .commitInDoubt(let detail, let trace):
      error("a commit is in doubt", [.detail: detail], trace: trace)
    }
  }
}
