package import Kernel

/// The one extension of a case's terms (延长审批).
///
/// - Source: docs/rules/terms.md, rule T13 (Administrative Licensing Law 42)
package struct Extension: Sendable, Hashable {
  /// By which paragraph of article 42 a term is extended.
  package enum Kind: Sendable, Hashable, CaseIterable {
    /// 42(1): one agency; 10 working days by its head.
    case single
    /// 42(2): unified, joint or concentrated handling; 15 working days by the head of government.
    case joint

    /// By how many working days the term is lengthened.
    package var workingDays: Int { self == .single ? 10 : 15 }

    /// Who must approve it.
    package var approver: Rank { self == .single ? .agencyHead : .governmentHead }
  }

  /// The rank of the person who approves.
  package enum Rank: Sendable, Hashable, CaseIterable {
    /// The chief representative in the hall.
    case chiefRepresentative
    /// The head of the agency (本行政机关负责人).
    case agencyHead
    /// The head of the government at the same level (本级人民政府负责人).
    case governmentHead
  }

  /// Why an extension is refused, in order of precedence.
  package enum Refusal: Error, Sendable, Hashable, CaseIterable {
    /// The terms were extended before.
    case alreadyExtended
    /// The approver does not have the rank that the law names.
    case wrongRank
    /// There is no legal term to extend.
    case noTerm
    /// The legal term is over.
    case afterDue
  }

  /// By which paragraph.
  package let kind: Kind

  /// The day on which it was granted.
  package let grantedOn: Day

  /// The extension as a stored record has it, unchecked.
  package init(kind: Kind, grantedOn: Day) {
    self.kind = kind
    self.grantedOn = grantedOn
  }

  /// Grants an extension.
  ///
  /// - Parameters:
  ///   - kind: By which paragraph.
  ///   - rank: The rank of the approver.
  ///   - day: The day of the approval.
  ///   - earlier: The extension that the case has already.
  ///   - legalDue: The last day of the legal term as it stands; nil if there is no term.
  /// - Returns: The extension, to be kept with the case.
  /// - Throws: The first ``Refusal`` that applies.
  /// - Source: docs/rules/terms.md, rule T13 (Administrative Licensing Law 42)
  package static func grant(
    _ kind: Kind,
    by rank: Rank,
    on day: Day,
    earlier: Self?,
    legalDue: Day?
  ) throws(Refusal) -> Self {
    guard earlier == nil else { throw .alreadyExtended }
    guard rank == kind.approver else { throw .wrongRank }
    guard let legalDue else { throw .noTerm }
    guard day <= legalDue else { throw .afterDue }
    return Self(kind: kind, grantedOn: day)
  }
}
