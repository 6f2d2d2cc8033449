package import Kernel
internal import Storage

/// An application as it is kept.
package struct ApplicationRow: Sendable, Hashable {
  /// The store's own number; 0 before it is inserted.
  package var id: Int64 = 0
  package var hall: String
  /// The draft's id, then the case number.
  package var number: String
  package var draftID: String?
  package var owner: String
  package var itemCode: String
  package var itemVersion: Int64
  package var departmentCode: String
  package var state: ApplicationState
  package var channel: Channel
  /// The applicant's message, sealed.
  package var applicant: [UInt8]
  package var identityHash: [UInt8]
  package var ticketID = ""
  /// When it was handed in or received, whichever was first.
  package var receivedAt: Instant?
  /// Day 0 of the five days that run or ran last.
  package var receiptStart: Day?
  package var receiptDue: Day?
  package var notifiedOn: Day?
  package var answerBy: Day?
  package var completedOn: Day?
  package var acceptedOn: Day?
  package var acceptedBy = ""
  package var isDeemed = false
  package var promiseDue: Day?
  package var legalDue: Day?
  package var isProvisional = false
  package var decidedOn: Day?
  package var certificateNumber = ""
  package var reason = ""
  package var stamp: Int64 = 0
  package var revision: Int64 = 1
  package var createdAt: Instant

  /// Whether all gaps of a correction notice are closed, so that new five days run.
  package var isCorrected: Bool { state == .correction && completedOn != nil }
}

extension ApplicationRow {
  static let columns = """
    id, hall, number, draft_id, owner, item_code, item_version, department_code, state, channel, \
    applicant, id_hash, ticket_id, received_at, receipt_start, receipt_due, notified_on, \
    answer_by, completed_on, accepted_on, accepted_by, deemed, promise_due, legal_due, \
    provisional, decided_on, certificate_number, reason, stamp, revision, created_at
    """

  init(_ row: Row) {
    guard let state = ApplicationState(rawValue: row.int(8)),
      let channel = Channel(rawValue: row.int(9))
    else { preconditionFailure("The schema checks states and channels.") }
    id = row.integer(0)
    hall = row.text(1)
    number = row.text(2)
    draftID = row.optionalText(3)
    owner = row.text(4)
    itemCode = row.text(5)
    itemVersion = row.integer(6)
    departmentCode = row.text(7)
    self.state = state
    self.channel = channel
    applicant = row.blob(10)
    identityHash = row.blob(11)
    ticketID = row.text(12)
    receivedAt = row.optionalInstant(13)
    receiptStart = row.optionalDay(14)
    receiptDue = row.optionalDay(15)
    notifiedOn = row.optionalDay(16)
    answerBy = row.optionalDay(17)
    completedOn = row.optionalDay(18)
    acceptedOn = row.optionalDay(19)
    acceptedBy = row.text(20)
    isDeemed = row.bool(21)
    promiseDue = row.optionalDay(22)
    legalDue = row.optionalDay(23)
    isProvisional = row.bool(24)
    decidedOn = row.optionalDay(25)
    certificateNumber = row.text(26)
    reason = row.text(27)
    stamp = row.integer(28)
    revision = row.integer(29)
    createdAt = row.instant(30)
  }

  /// The values of all columns but the first.
  var values: [Value] {
    [
      .text(hall), .text(number), Value(draftID), .text(owner), .text(itemCode),
      .integer(itemVersion), .text(departmentCode), Value(state.rawValue),
      Value(channel.rawValue), .blob(applicant), .blob(identityHash), .text(ticketID),
      Value(receivedAt), Value(receiptStart), Value(receiptDue), Value(notifiedOn),
      Value(answerBy), Value(completedOn), Value(acceptedOn), .text(acceptedBy),
      Value(isDeemed), Value(promiseDue), Value(legalDue), Value(isProvisional),
      Value(decidedOn), .text(certificateNumber), .text(reason), .integer(stamp),
      .integer(revision), Value(createdAt),
    ]
  }
}
