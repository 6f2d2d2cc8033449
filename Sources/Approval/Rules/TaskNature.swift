/// What a task asks of the department that gets it.
///
/// The raw values are those of the contract.
enum TaskNature: Int64, Sendable, Hashable, CaseIterable {
  /// 承办, prepares the decision.
  case handle = 1
  /// 审核, reviews what was prepared.
  case review = 2
  /// 征求意见.
  case consult = 3
  /// 该部门自己的许可.
  case licence = 4

  /// Whether silence past the term counts as consent.
  ///
  /// - Source: docs/rules/terms.md, rule T26; docs/rules/approval.md, rule A7 (handbook 4)
  var consentsBySilence: Bool { self == .consult }

  /// Whether the task is finished by an answer of a consulted department, not by an opinion.
  var isConsultation: Bool { self == .consult || self == .licence }

  /// The answers that are valid.
  ///
  /// - Source: docs/rules/approval.md, rule A6 (handbook 4)
  var answers: Set<Answer> {
    isConsultation ? [.agree, .disagree, .forward] : [.agree, .disagree]
  }
}

/// What a department says.
///
/// The raw values are those of the contract.
enum Answer: Int64, Sendable, Hashable, CaseIterable {
  /// 同意.
  case agree = 1
  /// 不同意, with reasons.
  case disagree = 2
  /// 同意但需转报上级.
  case forward = 3

  /// Whether it is valid only with reasons.
  var needsReasons: Bool { self == .disagree }
}
