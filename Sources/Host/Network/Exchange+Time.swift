internal import HTTP2
internal import NIOCore

extension Exchange {
  /// Ends what takes too long: a body that does not come, an answer that nobody takes.
  func tick(_ now: NIODeadline, _ limits: ServerLimits) {
    if case .relaying(let relay) = intake, front?.isCongested == true { relay.frontCongested(now) }
    if case .trunking(let trunk) = intake {
      trunk.tick(now, limits)
    } else if isTooSlow(now, limits) {
      dropRelay()
      refuse(StandardAnswers.tooSlow)
    } else if isOverdue(now) {
      dropRelay()
      refuse(StandardAnswers.deadlineExceeded)
    } else if let since = stalledSince, now - since > TimeAmount(limits.answerTimeout) {
      dropRelay()
      reset(.cancel)
    } else if case .relaying(let relay) = intake {
      relay.endStreamIfOver()
    }
  }

  /// Whether the body comes more slowly than is allowed.
  private func isTooSlow(_ now: NIODeadline, _ limits: ServerLimits) -> Bool {
    guard awaitsBody else { return false }
    let window = TimeAmount(limits.bodyGrace)
    let age = now - began - held
    var pace = pace ?? Pace()
    defer { self.pace = pace }
    return pace.isBelow(limits.bodyRate, over: window, age: age, count: received)
  }
}
