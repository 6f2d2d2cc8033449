internal import Kernel
internal import Law
package import Messages
package import Service

// What several handlers write: a new application, its number, its five days, its materials.

extension Reading {
  /// The five days that begin on a day.
  ///
  /// - Source: docs/rules/terms.md, rule T22
  func fiveDays(from day: Day, in calendar: WorkCalendar) -> ReceiptClock {
    ReceiptClock(submitted: nil, received: day, calendar: calendar, in: call.legalTime)
  }
}

extension Writing {
  /// A new application that is not kept yet.
  package func newApplication(
    of item: KeptItem,
    by applicant: IntakeV1.Applicant,
    owner: String,
    number: String,
    state: ApplicationState,
    channel: Channel
  ) throws -> ApplicationRow {
    let applicant = applicant.canonical
    return ApplicationRow(
      hall: call.hall,
      number: number,
      owner: owner,
      itemCode: item.published.item?.code ?? "",
      itemVersion: item.published.version,
      departmentCode: item.published.item?.departmentCode ?? "",
      state: state,
      channel: channel,
      applicant: try seal.seal(
        applicant.encode(),
        nonce: call.surroundings.randomBytes(12)
      ),
      identityHash: seal.hash("id", Array(applicant.idNumber.utf8)),
      createdAt: call.now
    )
  }

  /// The next case number of a department today.
  ///
  /// - Throws: ``IntakeRefusal/numbersExhausted(_:)`` after 99,999 of them.
  /// - Source: docs/rules/intake.md, rule I4
  package func nextNumber(region: String, department: String) throws -> String {
    let sequence = try transaction.nextSequence(
      hall: call.hall,
      day: call.today.epochDay,
      department: department
    )
    let number = CaseNumber(
      region: region,
      day: call.today,
      department: Int(department) ?? 0,
      sequence: sequence
    )
    guard let number else { throw IntakeRefusal.numbersExhausted(department) }
    return number.text
  }

  /// Lets five days begin: those of the receipt, or those after a complete correction.
  ///
  /// - Returns: The row with its five days; the timer is set.
  /// - Source: docs/rules/intake.md, rules I3 and I6; docs/rules/terms.md, rule T22
  package func beginFiveDays(of row: inout ApplicationRow) throws {
    let clock = reading.fiveDays(from: call.today, in: try reading.calendar())
    row.stamp += 1
    row.receiptStart = call.today
    row.receiptDue = clock.due
    try setTimer(
      IntakeTimer.deemedAcceptance,
      subject: row.number,
      stamp: row.stamp,
      due: clock.deemedAt
    )
  }

  /// Attaches materials that were checked before; what is attached already is not doubled.
  ///
  /// - Source: docs/rules/intake.md, rule I12
  package func attach(
    _ materials: [IntakeV1.AttachedMaterial],
    to row: ApplicationRow
  ) throws {
    if materials.isEmpty { return }
    var known = try transaction.materials(of: row.id)
    let answers = row.state == .correction
    for material in materials {
      let isKnown = known.contains {
        $0.materialCode == material.materialCode && $0.sha256 == material.sha256
          && $0.answersNotice == answers
      }
      if isKnown { continue }
      // What answers the notice has room of its own: a full application can still be corrected.
      guard known.count(where: { $0.answersNotice == answers }) < IntakeLimits.materials else {
        throw Refusal.invalid([.tooMany("materials", most: IntakeLimits.materials)])
      }
      let upload = try material.sha256.isEmpty ? nil : reading.upload(of: material)
      let attached = MaterialRow(
        materialCode: material.materialCode,
        sha256: material.sha256,
        fileName: material.fileName,
        mediaType: upload?.mediaType ?? "",
        size: upload?.size ?? 0,
        attachedAt: call.now,
        attachedBy: call.pass.subject,
        answersNotice: answers
      )
      try transaction.insert(attached, at: known.count, of: row)
      if !material.sha256.isEmpty {
        try transaction.markAttached(
          hall: call.hall,
          owner: call.pass.owner,
          sha256: material.sha256
        )
      }
      known.append(attached)
    }
  }
}
