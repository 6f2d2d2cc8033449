/// Where a ticket stands; the numbers are those of the contract and of the store.
///
/// - Source: docs/rules/queueing.md, rule Q7
enum TicketState: Int64, CaseIterable {
  /// 等候.
  case waiting = 1
  /// 已呼叫.
  case called = 2
  /// 办理中.
  case serving = 3
  /// 已办结.
  case done = 4
}

/// What can be done with a ticket.
enum TicketAct: CaseIterable {
  /// CallNext.
  case call
  /// StartService.
  case start
  /// FinishService.
  case finish
}

extension TicketState {
  /// The whole table; what is not in it is refused.
  static let transitions: [TicketAct: (from: TicketState, to: TicketState)] = [
    .call: (.waiting, .called),
    .start: (.called, .serving),
    .finish: (.serving, .done),
  ]

  /// The state after an act; nil if it is refused in this state.
  func after(_ act: TicketAct) -> TicketState? {
    guard let transition = Self.transitions[act], transition.from == self else { return nil }
    return transition.to
  }
}
