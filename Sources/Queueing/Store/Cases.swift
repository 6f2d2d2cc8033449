internal import Kernel
internal import Storage

/// A case as far as its rating asks for it.
struct CaseRow {
  var number: String
  var departmentCode: String
  /// Keyed hash of number and query code; nil if the code was never told.
  var queryHash: [UInt8]?
  /// When it was decided; nil until then.
  var decidedAt: Instant?
}

extension Snapshot {
  /// A case; nil if nobody told of it.
  func ratedCase(hall: String, number: String) throws -> CaseRow? {
    try first(
      """
      SELECT number, department_code, query_hash, decided_at FROM rated_case
      WHERE hall = ? AND number = ?
      """,
      [.text(hall), .text(number)]
    ) {
      CaseRow(
        number: $0.text(0),
        departmentCode: $0.text(1),
        queryHash: $0.optionalBlob(2),
        decidedAt: $0.optionalInstant(3)
      )
    }
  }
}

extension Transaction {
  /// Keeps what intake tells of a case; what it tells twice replaces what it told before, but for
  /// a ticket and a code that are not told again.
  func saveCase(
    hall: String,
    number: String,
    itemCode: String,
    departmentCode: String,
    queryHash: [UInt8]?,
    ticketID: String
  ) throws {
    try execute(
      """
      INSERT INTO rated_case (hall, number, item_code, department_code, query_hash, ticket_id)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, number) DO UPDATE SET
        item_code = excluded.item_code, department_code = excluded.department_code,
        query_hash = coalesce(excluded.query_hash, rated_case.query_hash),
        ticket_id = CASE WHEN excluded.ticket_id = '' THEN rated_case.ticket_id
          ELSE excluded.ticket_id END
      """,
      [
        .text(hall), .text(number), .text(itemCode), .text(departmentCode), Value(queryHash),
        .text(ticketID),
      ]
    )
  }

  /// Keeps when a case was decided and, if it was, delivered; the first time stays.
  ///
  /// Approval may be heard before intake, so the case need not be known yet.
  func saveDecision(
    hall: String,
    number: String,
    decidedAt: Instant,
    deliveredAt: Instant? = nil
  ) throws {
    try execute(
      """
      INSERT INTO rated_case (
        hall, number, item_code, department_code, ticket_id, decided_at, delivered_at
      ) VALUES (?, ?, '', '', '', ?, ?)
      ON CONFLICT (hall, number) DO UPDATE SET
        decided_at = coalesce(rated_case.decided_at, excluded.decided_at),
        delivered_at = coalesce(rated_case.delivered_at, excluded.delivered_at)
      """,
      [.text(hall), .text(number), Value(decidedAt), Value(deliveredAt)]
    )
  }
}
