internal import Kernel
internal import Messages
internal import Storage

/// The SQL of the timeline's table.
enum TimelineQueries {
  static let ofCase = """
    SELECT at, type, text_zh, text_en, actor, post, on_behalf_of FROM timeline
    WHERE hall = ? AND case_number = ? ORDER BY id
    """

  static let insert = """
    INSERT INTO timeline (hall, case_number, at, type, text_zh, text_en, actor, post, on_behalf_of)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
}

extension Snapshot {
  /// What happened to a case, in order.
  func timeline(hall: String, caseNumber: String) throws -> [ApprovalV1.TimelineEntry] {
    try rows(TimelineQueries.ofCase, [.text(hall), .text(caseNumber)]) { row in
      ApprovalV1.TimelineEntry(
        at: GoogleProtobuf.Timestamp(row.instant(0)),
        type: row.text(1),
        textZh: row.text(2),
        textEn: row.text(3),
        actor: row.text(4),
        postCode: row.text(5),
        onBehalfOf: row.text(6)
      )
    }
  }
}

extension Transaction {
  /// Adds to what happened to a case.
  func insert(
    _ entry: ApprovalV1.TimelineEntry,
    at instant: Instant,
    hall: String,
    caseNumber: String
  ) throws {
    try execute(
      TimelineQueries.insert,
      [
        .text(hall), .text(caseNumber), Value(instant), .text(entry.type), .text(entry.textZh),
        .text(entry.textEn), .text(entry.actor), .text(entry.postCode), .text(entry.onBehalfOf),
      ]
    )
  }
}
