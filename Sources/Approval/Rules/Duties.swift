/// What a person does on a case, as far as it excludes something else.
enum Duty: Sendable, Hashable, CaseIterable {
  /// Prepares the decision.
  case handle
  /// Reviews what was prepared.
  case review
  /// Answers for a consulted department.
  case answer
  /// Steers the case: special procedures.
  case steer
  /// Decides.
  case decide
  /// Issues the certificate and hands the result over.
  case handOver
}

/// Who has had a part in a case so far: the subjects who acted, not those for whom they acted.
struct Involvement: Sendable, Hashable {
  /// Who owns the application, as owners are kept; empty for a window.
  var owner = ""
  /// Who accepted it; `system` or empty if nobody did.
  var acceptedBy = ""
  /// Who claimed or finished a handling task.
  var handlers: Set<String> = []
  /// Who claimed or finished a reviewing task.
  var reviewers: Set<String> = []
  /// Whether the item lets one person accept and decide.
  var onePersonMayDecide = false
}

/// Why a person may not do something on a case.
enum DutyConflict: Sendable, Hashable, CaseIterable {
  /// The person stands on the applicant's side.
  case applicantSide
  /// The person has accepted the application.
  case accepted
  /// The person has the other one of handling and reviewing.
  case samePerson
}

extension Involvement {
  /// Why a person may not do a duty, or nil if it may.
  ///
  /// - Parameters:
  ///   - person: The subject who acts.
  ///   - own: Under what name things are kept that this one owns.
  ///   - duty: What is to be done.
  /// - Returns: The first conflict; nil if there is none.
  /// - Source: docs/rules/approval.md, rules A3 to A5 (handbook 3.2 and 3.3)
  func conflict(of person: String, owningAs own: String, doing duty: Duty) -> DutyConflict? {
    if !owner.isEmpty, owner == own || isOfPortal(person) { return .applicantSide }
    switch duty {
    case .handle:
      if isAcceptor(person) { return .accepted }
      return reviewers.contains(person) ? .samePerson : nil
    case .review:
      return handlers.contains(person) ? .samePerson : nil
    case .decide:
      return isAcceptor(person) ? .accepted : nil
    case .answer, .steer, .handOver:
      return nil
    }
  }

  /// Whether the owner is a user of a portal: `portal/user`, by its first slash.
  private func isOfPortal(_ person: String) -> Bool {
    !person.isEmpty && !person.utf8.contains(UInt8(ascii: "/")) && owner.hasPrefix(person + "/")
  }

  private func isAcceptor(_ person: String) -> Bool {
    acceptedBy == person && !onePersonMayDecide
  }
}
