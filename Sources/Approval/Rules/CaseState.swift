/// Where a case stands.
///
/// The raw values are those of the contract.
///
/// - Source: docs/rules/approval.md, rule A1 (handbook 3.1)
enum CaseState: Int64, Sendable, Hashable, CaseIterable {
  /// 审查, tasks are open.
  case reviewing = 1
  /// 特别程序, a clock stands still.
  case suspended = 2
  /// 待决定, all tasks are done.
  case deciding = 3
  /// 准予.
  case granted = 4
  /// 不予.
  case denied = 5
  /// 制证.
  case certified = 6
  /// 已送达.
  case delivered = 7
  /// 撤回.
  case withdrawn = 8

  /// Whether it is not decided and not taken back.
  var isRunning: Bool { self == .reviewing || self == .suspended || self == .deciding }

  /// The states in which a case runs.
  static let running = allCases.filter(\.isRunning)

  /// The state after an event; nil if the event is refused in this state.
  func after(_ event: CaseEvent) -> Self? { event.transitions[self] }
}

/// What can happen to a case.
enum CaseEvent: Sendable, Hashable, CaseIterable {
  /// A task is claimed, answered or presumed, or a stage opens.
  case work
  /// The last task is done.
  case lastTaskDone
  /// A special procedure begins that stops a clock.
  case stop
  /// A special procedure begins or ends that stops no clock.
  case accompany
  /// The stopping procedure ends while tasks are open.
  case resumeReview
  /// The stopping procedure ends and no task is open.
  case resumeDecision
  /// The case is granted.
  case grant
  /// The case is denied.
  case deny
  /// The certificate is issued.
  case certify
  /// A granted case has its certificate, or needs none, or is a denial: the result is handed over.
  case deliver
  /// The applicant takes the case back.
  case withdraw

  /// From which state to which; what is not here is refused.
  ///
  /// - Source: docs/rules/approval.md, rule A1 (handbook 3.2)
  var transitions: [CaseState: CaseState] {
    switch self {
    case .work: [.reviewing: .reviewing, .suspended: .suspended]
    case .lastTaskDone: [.reviewing: .deciding, .suspended: .suspended]
    case .stop: [.reviewing: .suspended, .deciding: .suspended]
    case .accompany: [.reviewing: .reviewing, .deciding: .deciding]
    case .resumeReview: [.suspended: .reviewing]
    case .resumeDecision: [.suspended: .deciding]
    case .grant: [.deciding: .granted]
    case .deny: [.deciding: .denied]
    case .certify: [.granted: .certified]
    case .deliver: [.granted: .delivered, .denied: .delivered, .certified: .delivered]
    case .withdraw:
      [.reviewing: .withdrawn, .suspended: .withdrawn, .deciding: .withdrawn]
    }
  }
}
