internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

extension Effects {
  /// What intake's entries do here: an accepted application opens a case, a withdrawn one ends it.
  static let intake: Effects = {
    var effects = Effects(of: "intake")
    effects.on(IntakeV1.ApplicationAccepted.self) { event, entry, writing in
      try writing.openCase(event, entry)
    }
    effects.on(IntakeV1.ApplicationWithdrawn.self) { event, _, writing in
      if event.afterAcceptance { try writing.withdraw(event.number) }
    }
    return effects
  }()
}

/// Why a case is not opened.
enum AdmissionFault: String, Sendable, Hashable, CaseIterable {
  case missing = "ADMISSION_MISSING"
  case signature = "BAD_SIGNATURE"
  case hall = "WRONG_HALL"
  case number = "WRONG_NUMBER"
  case day = "BAD_DAY"
  case repeated = "CASE_EXISTS"
}

extension Writing {
  /// What is wrong with an admission, or nil.
  ///
  /// - Source: docs/rules/approval.md, rule A10; docs/rules/door.md, rule D2
  private func fault(
    of admission: IntakeV1.Admission?,
    _ entry: FeedV1.Entry
  ) throws -> AdmissionFault? {
    guard let admission else { return .missing }
    guard keyring.isValid(admission) else { return .signature }
    guard admission.hall == entry.hall else { return .hall }
    guard !admission.number.isEmpty, admission.number == entry.subject else { return .number }
    guard Day(iso: admission.acceptedOn) != nil else { return .day }
    let known = try transaction.caseRow(hall: call.hall, number: admission.number)
    return known == nil ? nil : .repeated
  }

  /// Opens a case on a valid admission; on any other it says so and goes on.
  fileprivate func openCase(_ event: IntakeV1.ApplicationAccepted, _ entry: FeedV1.Entry) throws {
    if let fault = try fault(of: event.admission, entry) {
      return try publish(
        ApprovalV1.AdmissionRejected(number: entry.subject, reason: fault.rawValue),
        subject: entry.subject,
        basis: "D2"
      )
    }
    let admission = try ApprovalFault.kept(event.admission)
    let item = try reading.theItem(admission.itemCode, version: admission.itemVersion)
    let acceptedOn = try ApprovalFault.kept(Day(iso: admission.acceptedOn))
    // The calendar that held then: after a downtime the catalogue may be ahead of intake here.
    let calendars = try transaction.calendars(from: call.now, hall: call.hall)
    let calendar = try reading.calendar(version: calendars.first?.version)
    var row = CaseRow(
      number: admission.number,
      itemCode: admission.itemCode,
      itemVersion: admission.itemVersion,
      itemName: item.name,
      departmentCode: item.departmentCode,
      state: .reviewing,
      acceptedOn: acceptedOn,
      acceptedBy: event.acceptedBy,
      legalStartOn: Day(iso: event.legalStartOn) ?? acceptedOn,
      legalLimit: Term(event.legalLimit),
      promise: Term(event.promise),
      personal: try sealedPersonalPart(entry)
    )
    row.take(row.clocks(SuspensionLedger(), in: calendar, asOf: call.today))
    // What intake has promised holds, should it have counted by another calendar.
    row.legalDueOn = Day(iso: event.legalDueOn) ?? row.legalDueOn
    row.promiseDueOn = Day(iso: event.promiseDueOn) ?? row.promiseDueOn
    let stage = item.stages.first { !$0.tasks.isEmpty }
    try row.enter(stage)
    try transaction.insert(row, hall: call.hall)
    try tell(
      ApprovalV1.CaseOpened(
        number: row.number,
        itemCode: row.itemCode,
        itemVersion: row.itemVersion,
        departmentCode: row.departmentCode
      ),
      of: row.number,
      basis: "D2",
      ("受理凭证核验无误，进入审查", "The admission is valid; the review begins")
    )
    try open(stage, of: row, in: calendar)
    try redateLate(row.number, for: calendars)
  }

  /// The applicant and the owner, sealed with this store's key; the query code is not kept here.
  private func sealedPersonalPart(_ entry: FeedV1.Entry) throws -> [UInt8]? {
    guard var part = try entry.personal(IntakeV1.PersonalPart.self) else { return nil }
    part.queryCode = ""
    return try seal.seal(part.encode(), nonce: call.surroundings.randomBytes(12))
  }

  /// Ends a case that the applicant takes back.
  ///
  /// A case that was decided meanwhile stays decided.
  fileprivate func withdraw(_ number: String) throws {
    guard var row = try transaction.caseRow(hall: call.hall, number: number),
      let next = row.state.after(.withdraw)
    else { return }
    row.state = next
    row.stageCode = ""
    try transaction.save(&row, hall: call.hall)
    for var task in try reading.tasks(of: row) {
      guard let void = task.state.after(.void) else { continue }
      task.state = void
      task.stamp += 1
      try transaction.save(&task, hall: call.hall)
    }
    for var procedure in try reading.procedures(of: row) where procedure.endedOn == nil {
      procedure.endedOn = call.today
      procedure.result = "申请人撤回，程序终止"
      try transaction.saveEnd(of: procedure, hall: call.hall)
    }
    try tell(
      ApprovalV1.CaseWithdrawn(
        number: number,
        withdrawnAt: GoogleProtobuf.Timestamp(call.now)
      ),
      of: number,
      ("申请人撤回申请，办件终止", "The applicant took the application back; the case ends")
    )
  }
}
