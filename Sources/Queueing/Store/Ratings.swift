internal import Kernel
internal import Storage

/// What is rated.
enum RatedThing {
  /// A case and the department that decided it.
  case ofCase(number: String, department: String)
  /// A visit, by its ticket.
  case visit(ticketID: String)
}

/// All ratings with a comment in the order of their keys, for a check of the whole store.
struct KeptComment: Sendable {
  static let page = """
    SELECT hall, id, comment FROM rating
    WHERE (hall, id) > (?, ?) AND comment IS NOT NULL ORDER BY hall, id LIMIT ?
    """

  var hall: String
  var id: String
  /// Sealed.
  var comment: [UInt8]
}

extension Snapshot {
  /// Comments of all halls behind a mark of hall and id.
  func commentPage(after mark: [Value], limit: Int) throws -> [KeptComment] {
    try rows(KeptComment.page, mark + [Value(limit)]) {
      KeptComment(hall: $0.text(0), id: $0.text(1), comment: $0.blob(2))
    }
  }

  /// Whether a thing was rated.
  func isRated(_ thing: RatedThing, hall: String) throws -> Bool {
    switch thing {
    case .ofCase(let number, _):
      let sql = "SELECT 1 FROM rating WHERE hall = ? AND case_number = ?"
      return try first(sql, [.text(hall), .text(number)]) { _ in true } ?? false
    case .visit(let ticketID):
      let sql = "SELECT 1 FROM rating WHERE hall = ? AND ticket_id = ?"
      return try first(sql, [.text(hall), .text(ticketID)]) { _ in true } ?? false
    }
  }
}

extension Transaction {
  /// Keeps a rating.
  ///
  /// - Parameters:
  ///   - id: Its id.
  ///   - thing: What is rated.
  ///   - satisfaction: 1 to 5, 1 is best.
  ///   - comment: Sealed; nil if there is none.
  ///   - hall: The hall.
  ///   - now: When.
  /// - Throws: `StoreError`.
  func insertRating(
    _ id: String,
    of thing: RatedThing,
    satisfaction: Int64,
    comment: [UInt8]?,
    hall: String,
    at now: Instant
  ) throws {
    let (number, ticketID, department): (String?, String?, String) =
      switch thing {
      case .ofCase(let number, let department): (number, nil, department)
      case .visit(let ticketID): (nil, ticketID, "")
      }
    try execute(
      """
      INSERT INTO rating (
        hall, id, case_number, ticket_id, department_code, satisfaction, comment, rated_at
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(hall), .text(id), Value(number), Value(ticketID), .text(department),
        .integer(satisfaction), Value(comment), Value(now),
      ]
    )
  }
}
