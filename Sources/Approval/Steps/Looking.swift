internal import Messages
internal import Service
internal import Storage

// What handlers look up before they decide.

extension Reading {
  /// The case of a number.
  ///
  /// - Throws: ``Refusal`` `NOT_FOUND`.
  func theCase(_ number: String) throws -> CaseRow {
    guard let row = try snapshot.caseRow(hall: call.hall, number: number) else {
      throw Refusal.notFound(number)
    }
    return row
  }

  /// The task of an id.
  ///
  /// - Throws: ``Refusal`` `NOT_FOUND`.
  func theTask(_ id: String) throws -> TaskRow {
    guard let row = try snapshot.taskRow(hall: call.hall, id: id) else {
      throw Refusal.notFound(id)
    }
    return row
  }

  /// The item in the version that applies to a case.
  ///
  /// - Throws: ``ApprovalFault/itemMissing(code:version:)``; nothing is guessed from another one.
  func theItem(_ code: String, version: Int64) throws -> CatalogueV1.Item {
    guard let item = try item(code, version: version)?.published.item else {
      throw ApprovalFault.itemMissing(code: code, version: version)
    }
    return item
  }

  /// The item of a case.
  func theItem(of row: CaseRow) throws -> CatalogueV1.Item {
    try theItem(row.itemCode, version: row.itemVersion)
  }

  /// The tasks of a case in the order in which they were opened.
  func tasks(of row: CaseRow) throws -> [TaskRow] {
    try snapshot.taskRows(hall: call.hall, caseNumber: row.number)
  }

  /// The special procedures of a case in the order in which they began.
  func procedures(of row: CaseRow) throws -> [ProcedureRow] {
    try snapshot.procedureRows(hall: call.hall, caseNumber: row.number)
  }

  /// The applicant and the owner of a case; nil if there are none or they were erased.
  func personalPart(of row: CaseRow) throws -> IntakeV1.PersonalPart? {
    guard let sealed = row.personal else { return nil }
    return try IntakeV1.PersonalPart.decode(seal.open(sealed))
  }

  /// Refuses if the caller may not do a duty on a case.
  ///
  /// - Parameters:
  ///   - duty: What the caller wants to do.
  ///   - row: The case.
  ///   - tasks: All its tasks, if they were read already.
  /// - Throws: ``ApprovalRefusal``.
  /// - Source: docs/rules/approval.md, rules A4 and A5
  func refuseConflict(_ duty: Duty, on row: CaseRow, _ tasks: [TaskRow]? = nil) throws {
    let tasks = try tasks ?? self.tasks(of: row)
    func people(_ nature: TaskNature) -> Set<String> {
      Set(tasks.filter { $0.nature == nature && !$0.claimedBy.isEmpty }.map(\.claimedBy))
    }
    let involvement = Involvement(
      owner: try personalPart(of: row)?.owner ?? "",
      acceptedBy: row.acceptedBy,
      handlers: people(.handle),
      reviewers: people(.review),
      onePersonMayDecide: try theItem(of: row).samePersonMayDecide
    )
    let pass = call.pass
    switch involvement.conflict(of: pass.subject, owningAs: pass.owner, doing: duty) {
    case .applicantSide: throw ApprovalRefusal.applicantSide(row.number)
    case .accepted: throw ApprovalRefusal.samePersonAccepted(row.number)
    case .samePerson: throw ApprovalRefusal.samePerson(row.number)
    case nil: return
    }
  }
}

extension TaskNature {
  /// What somebody does who does a task of this nature.
  var duty: Duty {
    switch self {
    case .handle: .handle
    case .review: .review
    case .consult, .licence: .answer
    }
  }
}

extension CaseRow {
  /// Moves on by an event.
  ///
  /// - Throws: ``ApprovalRefusal/caseState(_:)``.
  mutating func move(_ event: CaseEvent) throws(ApprovalRefusal) {
    guard let next = state.after(event) else { throw .caseState(number) }
    state = next
  }
}

extension TaskRow {
  /// Moves on by an event.
  ///
  /// - Throws: ``ApprovalRefusal/taskState(_:)``.
  mutating func move(_ event: TaskEvent) throws(ApprovalRefusal) {
    guard let next = state.after(event) else { throw .taskState(id) }
    state = next
  }
}
