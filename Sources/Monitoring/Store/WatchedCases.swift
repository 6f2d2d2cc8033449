internal import Kernel
internal import Storage

/// A case that is watched.
struct WatchedCase: Hashable {
  var number: String
  var itemCode: String
  var itemVersion: Int64
  var departmentCode: String
  var receiptPost = ""
  var acceptedOn: Day?
  var endedOn: Day?
}

extension Snapshot {
  /// A case, or nil if monitoring has not heard of it.
  func watchedCase(_ number: String, hall: String) throws -> WatchedCase? {
    try first(
      """
      SELECT number, item_code, item_version, department_code, receipt_post, accepted_on, ended_on
      FROM watched_case WHERE hall = ? AND number = ?
      """,
      [.text(hall), .text(number)]
    ) {
      WatchedCase(
        number: $0.text(0),
        itemCode: $0.text(1),
        itemVersion: $0.integer(2),
        departmentCode: $0.text(3),
        receiptPost: $0.text(4),
        acceptedOn: $0.optionalDay(5),
        endedOn: $0.optionalDay(6)
      )
    }
  }
}

extension Transaction {
  /// Saves a case as it is now.
  func save(_ watched: WatchedCase, hall: String) throws {
    try execute(
      """
      INSERT INTO watched_case
        (hall, number, item_code, item_version, department_code, receipt_post, accepted_on,
         ended_on)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, number) DO UPDATE SET
        item_code = excluded.item_code, item_version = excluded.item_version,
        department_code = excluded.department_code, receipt_post = excluded.receipt_post,
        accepted_on = excluded.accepted_on, ended_on = excluded.ended_on
      """,
      [
        .text(hall), .text(watched.number), .text(watched.itemCode),
        .integer(watched.itemVersion), .text(watched.departmentCode), .text(watched.receiptPost),
        Value(watched.acceptedOn), Value(watched.endedOn),
      ]
    )
  }
}
