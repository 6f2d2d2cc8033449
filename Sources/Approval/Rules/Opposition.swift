/// What stands against granting a case.
enum Opposition: Sendable, Hashable, CaseIterable {
  /// A department refuses a licence of its own: the case cannot be granted.
  case licence
  /// A consulted department disagrees: it may be overruled with reasons.
  case consultation

  /// What the answered tasks of a case mean for granting it; nil if nothing stands against it.
  ///
  /// A disagreeing opinion of a handling or reviewing task is advice to who decides and binds
  /// nobody.
  ///
  /// - Source: docs/rules/approval.md, rule A9 (handbook 4)
  static func of(_ answers: some Sequence<(TaskNature, Answer?)>) -> Self? {
    let opposing = Set(answers.filter { $0.1 == .disagree }.map(\.0))
    if opposing.contains(.licence) { return .licence }
    return opposing.contains(.consult) ? .consultation : nil
  }
}
