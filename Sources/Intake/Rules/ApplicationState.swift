/// Where an application stands.
///
/// The raw values are those of the contract.
///
/// - Source: docs/rules/intake.md, rule I1
package enum ApplicationState: Int, Sendable, Hashable, CaseIterable {
  /// 草稿, seen by its owner alone.
  case draft = 1
  /// 已提交, handed in online; the five days run.
  case submitted = 2
  /// 已收件, received by a clerk.
  case received = 3
  /// 待补正, told once what is missing; complete again once the gaps are closed.
  case correction = 4
  /// 已受理.
  case accepted = 5
  /// 不予受理.
  case refused = 6
  /// 撤回.
  case withdrawn = 7
  /// 退件.
  case returned = 8
  /// 审查.
  case reviewing = 9
  /// 特别程序.
  case suspended = 10
  /// 准予.
  case granted = 11
  /// 不予.
  case denied = 12
  /// 制证.
  case certified = 13
  /// 已送达.
  case delivered = 14

  /// Whether approval has, or had, the case.
  package var isAccepted: Bool {
    switch self {
    case .draft, .submitted, .received, .correction, .refused, .withdrawn, .returned: false
    case .accepted, .reviewing, .suspended, .granted, .denied, .certified, .delivered: true
    }
  }

  /// Whether the two clocks of the case run or stand still.
  package var isBeingHandled: Bool {
    self == .accepted || self == .reviewing || self == .suspended
  }
}
