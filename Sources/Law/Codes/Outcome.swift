/// How a case ended.
///
/// - Source: docs/rules/terms.md, rule T27 (a provincial exchange specification)
package enum Outcome: Int, Sendable, Hashable, CaseIterable {
  /// 准予, 出证.
  case granted = 0
  /// 不予许可.
  case denied = 1
  /// 作废: the record is void.
  case voided = 2
  /// 删除: it was entered by mistake.
  case deleted = 3
  /// 转报: forwarded to a higher level.
  case forwarded = 4
  /// 退件: the applicant is gone or gave up.
  case returned = 5
  /// 不予受理: not accepted.
  case refused = 6

  /// Whether a reason must be recorded.
  package var needsReason: Bool { (1...5).contains(rawValue) }

  /// Whether the case counts in rates and means: neither void nor ended before acceptance.
  package var countsInRates: Bool {
    switch self {
    case .granted, .denied, .forwarded: true
    case .voided, .deleted, .returned, .refused: false
    }
  }

  /// The name of the outcome.
  package var text: Bilingual {
    switch self {
    case .granted: Bilingual(zh: "准予", en: "granted")
    case .denied: Bilingual(zh: "不予许可", en: "denied")
    case .voided: Bilingual(zh: "作废", en: "void")
    case .deleted: Bilingual(zh: "删除", en: "deleted")
    case .forwarded: Bilingual(zh: "转报", en: "forwarded")
    case .returned: Bilingual(zh: "退件", en: "returned")
    case .refused: Bilingual(zh: "不予受理", en: "not accepted")
    }
  }
}
