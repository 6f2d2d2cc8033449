package import Storage

/// The SQL of applications.
package enum ApplicationQueries {
  static let byNumber = """
    SELECT \(ApplicationRow.columns) FROM application WHERE hall = ? AND number = ?
    """

  static let byDraft = """
    SELECT \(ApplicationRow.columns) FROM application WHERE hall = ? AND draft_id = ?
    """

  static let byID = """
    SELECT \(ApplicationRow.columns) FROM application WHERE hall = ? AND id = ?
    """

  static let insert = """
    INSERT INTO application (hall, number, draft_id, owner, item_code, item_version,
      department_code, state, channel, applicant, id_hash, ticket_id, received_at, receipt_start,
      receipt_due, notified_on, answer_by, completed_on, accepted_on, accepted_by, deemed,
      promise_due, legal_due, provisional, decided_on, certificate_number, reason, stamp,
      revision, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
      ?, ?)
    """

  // What never changes after the insert is not written again: hall, owner and created_at.
  static let update = """
    UPDATE application SET number = ?, item_version = ?, department_code = ?, state = ?,
      ticket_id = ?, received_at = ?, receipt_start = ?, receipt_due = ?, notified_on = ?,
      answer_by = ?, completed_on = ?, accepted_on = ?, accepted_by = ?, deemed = ?,
      promise_due = ?, legal_due = ?, provisional = ?, decided_on = ?, certificate_number = ?,
      reason = ?, stamp = ?, revision = ?
    WHERE hall = ? AND id = ?
    """

  static let countUp = """
    UPDATE case_counter SET last = last + 1 WHERE hall = ? AND day = ? AND department = ?
    """

  static let counted = """
    SELECT last FROM case_counter WHERE hall = ? AND day = ? AND department = ?
    """

  static let firstCount = """
    INSERT INTO case_counter (hall, day, department, last) VALUES (?, ?, ?, 1)
    """

  /// A page of a list with these filters, newest first.
  package static func page(_ filter: ApplicationFilter) -> (sql: String, arguments: [Value]) {
    var sql = "SELECT \(ApplicationRow.columns) FROM application WHERE hall = ?"
    var arguments: [Value] = [.text(filter.hall)]
    func add(_ condition: String, _ value: Value) {
      sql += " AND \(condition)"
      arguments.append(value)
    }
    if let owner = filter.owner { add("owner = ?", .text(owner)) }
    if let state = filter.state { add("state = ?", Value(state.rawValue)) }
    if !filter.itemCode.isEmpty { add("item_code = ?", .text(filter.itemCode)) }
    if !filter.departmentCode.isEmpty {
      add("department_code = ?", .text(filter.departmentCode))
    }
    // A draft is nobody's business but its owner's.
    if filter.owner == nil { add("state <> ?", Value(ApplicationState.draft.rawValue)) }
    if let before = filter.before { add("id < ?", .integer(before)) }
    return (sql + " ORDER BY id DESC LIMIT ?", arguments + [Value(filter.limit)])
  }
}

/// Which applications a list shows.
package struct ApplicationFilter: Sendable, Hashable {
  package var hall: String
  /// Only this owner's, drafts among them; nil for all of the hall's that were handed in.
  package var owner: String?
  package var state: ApplicationState?
  /// Empty for all.
  package var itemCode = ""
  /// Empty for all.
  package var departmentCode = ""
  /// Only those with a smaller id.
  package var before: Int64?
  package var limit: Int

  package init(hall: String, limit: Int) {
    self.hall = hall
    self.limit = limit
  }
}

extension Snapshot {
  /// The application of a number or draft id; nil if there is none.
  package func application(hall: String, number: String) throws -> ApplicationRow? {
    try first(
      ApplicationQueries.byNumber,
      [.text(hall), .text(number)],
      ApplicationRow.init
    )
  }

  /// The application that once was a draft of this id; nil if there is none.
  package func application(hall: String, draftID: String) throws -> ApplicationRow? {
    try first(
      ApplicationQueries.byDraft,
      [.text(hall), .text(draftID)],
      ApplicationRow.init
    )
  }

  /// The application of the store's own number; nil if there is none.
  package func application(hall: String, id: Int64) throws -> ApplicationRow? {
    try first(ApplicationQueries.byID, [.text(hall), .integer(id)], ApplicationRow.init)
  }

  /// A page of a list, newest first.
  package func applications(_ filter: ApplicationFilter) throws -> [ApplicationRow] {
    let (sql, arguments) = ApplicationQueries.page(filter)
    return try rows(sql, arguments, ApplicationRow.init)
  }
}

extension Transaction {
  /// Inserts an application.
  ///
  /// - Returns: The store's own number.
  package func insert(_ row: ApplicationRow) throws -> Int64 {
    try insert(ApplicationQueries.insert, row.values)
  }

  /// Saves what changed and raises the revision.
  package func update(_ row: inout ApplicationRow) throws {
    row.revision += 1
    try execute(
      ApplicationQueries.update,
      [
        .text(row.number), .integer(row.itemVersion), .text(row.departmentCode),
        Value(row.state.rawValue), .text(row.ticketID), Value(row.receivedAt),
        Value(row.receiptStart), Value(row.receiptDue), Value(row.notifiedOn),
        Value(row.answerBy), Value(row.completedOn), Value(row.acceptedOn),
        .text(row.acceptedBy), Value(row.isDeemed), Value(row.promiseDue), Value(row.legalDue),
        Value(row.isProvisional), Value(row.decidedOn), .text(row.certificateNumber),
        .text(row.reason), .integer(row.stamp), .integer(row.revision), .text(row.hall),
        .integer(row.id),
      ]
    )
  }

  /// The next sequence of a department's case numbers on a day, from 1; without gaps, since a
  /// transaction that is undone gives it back.
  package func nextSequence(hall: String, day: Int32, department: String) throws -> Int {
    let arguments: [Value] = [.text(hall), .integer(Int64(day)), .text(department)]
    guard try execute(ApplicationQueries.countUp, arguments) > 0 else {
      try execute(ApplicationQueries.firstCount, arguments)
      return 1
    }
    let count = try first(ApplicationQueries.counted, arguments) { $0.int(0) }
    guard let count else { preconditionFailure("A counter that was raised has a count.") }
    return count
  }
}
