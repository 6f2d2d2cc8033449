/// Where a task stands.
///
/// The raw values are those of the contract.
///
/// - Source: docs/rules/approval.md, rule A2
enum TaskState: Int64, Sendable, Hashable, CaseIterable {
  /// 待办.
  case open = 1
  /// 已认领.
  case claimed = 2
  /// 已办.
  case done = 3
  /// 超时默认.
  case tacit = 4
  /// 作废.
  case void = 5

  /// Whether it still has to be done.
  var isLive: Bool { self == .open || self == .claimed }

  /// The states in which a task still has to be done.
  static let live = allCases.filter(\.isLive)

  /// The state after an event; nil if the event is refused in this state.
  func after(_ event: TaskEvent) -> Self? { event.transitions[self] }
}

/// What can happen to a task.
enum TaskEvent: Sendable, Hashable, CaseIterable {
  /// A holder of the post takes it; of a claimed task only one who may take it over.
  case claim
  /// It is finished by an opinion or an answer.
  case finish
  /// Its term is over in silence.
  case presume
  /// The case has ended.
  case void

  /// From which state to which; what is not here is refused.
  ///
  /// - Source: docs/rules/approval.md, rule A2
  var transitions: [TaskState: TaskState] {
    switch self {
    case .claim: [.open: .claimed, .claimed: .claimed]
    case .finish: [.open: .done, .claimed: .done]
    case .presume: [.open: .tacit, .claimed: .tacit]
    case .void: [.open: .void, .claimed: .void]
    }
  }
}
