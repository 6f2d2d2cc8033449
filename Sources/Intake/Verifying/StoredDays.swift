internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

extension Verification {
  /// Applications: all due days, the sealed applicant and the keyed hash of its number.
  static let applications = rows("applications", from: [0]) { snapshot, after, limit in
    try snapshot.applicationPage(after: after, limit: limit)
  } mark: { row in
    (row.hall, row.number, [.integer(row.id)])
  } faults: { row, reading in
    try reading.sealFaults(of: row) + reading.termFaults(of: row) + reading.clockFaults(of: row)
  }
}

extension Reading {
  /// What is wrong with what is kept of the applicant.
  fileprivate func sealFaults(of row: ApplicationRow) throws -> [StoredFault] {
    let subject = "\(row.number) applicant"
    if let fault = StoredFault.sealed(row.applicant, of: subject, by: seal) { return [fault] }
    let hash = seal.hash("id", Array(try applicant(of: row).idNumber.utf8))
    guard hash != row.identityHash else { return [] }
    return [
      StoredFault(
        .seal,
        of: "\(row.number) id_hash",
        stored: Digest.hex(row.identityHash),
        expected: Digest.hex(hash)
      )
    ]
  }

  /// What is wrong with the five days, and with the day by which a notice is to be answered.
  ///
  /// A new calendar moves them but never makes them end in retrospect, so a day may lie between
  /// those of two calendars.
  fileprivate func termFaults(of row: ApplicationRow) throws -> [StoredFault] {
    guard row.receiptStart != nil || row.notifiedOn != nil else { return [] }
    let calendars = try keptCalendars()
    let receipt = row.receiptStart.map { start in
      calendars.map { fiveDays(from: start, in: $0).due }
    }
    let answer = row.notifiedOn.map { day in
      calendars.map { Correction.answerBy(noticeOn: day, in: $0) }
    }
    return [
      Self.fault(row, "receipt_due", row.receiptDue, receipt ?? []),
      Self.fault(row, "answer_by", row.answerBy, answer ?? []),
    ]
    .compactMap(\.self)
  }

  /// What is wrong with the due days of an application that was accepted.
  ///
  /// After acceptance approval's days hold, which a new calendar may have held back; they lie
  /// between those of the calendars that are kept.
  fileprivate func clockFaults(of row: ApplicationRow) throws -> [StoredFault] {
    guard let accepted = row.acceptedOn else { return [] }
    let ledger = SuspensionLedger(
      try snapshot.suspensions(of: row.id).compactMap(\.suspension)
    )
    var promises: [Day?] = []
    var limits: [Day?] = []
    for calendar in try keptCalendars() {
      for moment in ledger.moments(isClosed: !row.state.isBeingHandled, until: call.today) {
        let clocks = try clocks(
          of: row,
          acceptedOn: accepted,
          suspensions: moment.ledger.suspensions,
          in: calendar,
          asOf: moment.asOf
        ).clocks
        promises.append(clocks.promiseDue)
        limits.append(clocks.legalDue)
      }
    }
    return [
      Self.fault(row, "promise_due", row.promiseDue, promises),
      Self.fault(row, "legal_due", row.legalDue, limits),
    ]
    .compactMap(\.self)
  }

  /// A day that lies outside of those that may be; the first of these is the likeliest.
  private static func fault(
    _ row: ApplicationRow,
    _ column: String,
    _ stored: Day?,
    _ expected: [Day?]
  ) -> StoredFault? {
    let days = expected.compactMap(\.self)
    if let stored, let first = days.min(), let last = days.max(), first <= stored, stored <= last {
      return nil
    }
    return .day(row.number, column, stored: stored, expected: expected.first ?? nil)
  }
}
