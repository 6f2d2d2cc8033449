package import Kernel
package import Storage

/// A refusal of acceptance that waits, or waited, for the second signature.
package struct CountersignatureRow: Sendable, Hashable {
  /// Where it stands.
  package enum State: Int, Sendable, Hashable, CaseIterable {
    /// It waits.
    case open = 1
    /// A chief representative signed.
    case signed = 2
    /// A chief representative declined.
    case declined = 3
    /// The application went another way before.
    case void = 4
  }

  package var id: String
  package var hall: String
  package var applicationID: Int64
  package var number: String
  package var requestedBy: String
  package var requestedAt: Instant
  package var reasons: String
  package var competentAuthority: String
  package var state = State.open
}

/// A refusal of acceptance that two persons signed.
package struct SignedRefusal: Sendable, Hashable {
  package var reasons: String
  package var competentAuthority: String
  package var refusedAt: Instant
}

/// The SQL of countersignatures.
package enum CountersignatureQueries {
  private static let columns = """
    id, hall, application_id, number, requested_by, requested_at, reasons, competent_authority, \
    state
    """

  static let one = "SELECT \(columns) FROM countersignature WHERE hall = ? AND id = ?"

  static let openOfApplication = """
    SELECT \(columns) FROM countersignature WHERE application_id = ? AND state = 1
    """

  package static let firstPage = """
    SELECT \(columns) FROM countersignature WHERE hall = ? AND state = 1
    ORDER BY requested_at, id LIMIT ?
    """

  package static let nextPage = """
    SELECT \(columns) FROM countersignature WHERE hall = ? AND state = 1
      AND (requested_at, id) > (?, ?)
    ORDER BY requested_at, id LIMIT ?
    """

  static let signedOfApplication = """
    SELECT reasons, competent_authority, closed_at FROM countersignature
    WHERE application_id = ? AND state = 2
    """

  static let insert = """
    INSERT INTO countersignature (id, hall, application_id, number, requested_by, requested_at,
      reasons, competent_authority, state, closed_by, closed_at, answer)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, '', NULL, '')
    """

  static let close = """
    UPDATE countersignature SET state = ?, closed_by = ?, closed_at = ?, answer = ?
    WHERE id = ? AND state = 1
    """

  static let void = """
    UPDATE countersignature SET state = 4, closed_by = ?, closed_at = ?
    WHERE application_id = ? AND state = 1
    """
}

extension Snapshot {
  /// A request of an id; nil if there is none.
  package func countersignature(hall: String, id: String) throws -> CountersignatureRow? {
    try first(
      CountersignatureQueries.one,
      [.text(hall), .text(id)],
      CountersignatureRow.init
    )
  }

  /// The request of an application that waits; nil if there is none.
  package func openCountersignature(of application: Int64) throws -> CountersignatureRow? {
    try first(
      CountersignatureQueries.openOfApplication,
      [.integer(application)],
      CountersignatureRow.init
    )
  }

  /// Why acceptance of an application was refused; nil if it was not.
  package func refusal(of application: Int64) throws -> SignedRefusal? {
    try first(CountersignatureQueries.signedOfApplication, [.integer(application)]) {
      SignedRefusal(
        reasons: $0.text(0),
        competentAuthority: $0.text(1),
        refusedAt: $0.instant(2)
      )
    }
  }

  /// What waits, oldest first.
  package func countersignatures(
    hall: String,
    after mark: (requestedAt: Instant, id: String)?,
    limit: Int
  ) throws -> [CountersignatureRow] {
    guard let mark else {
      return try rows(
        CountersignatureQueries.firstPage,
        [.text(hall), Value(limit)],
        CountersignatureRow.init
      )
    }
    return try rows(
      CountersignatureQueries.nextPage,
      [.text(hall), Value(mark.requestedAt), .text(mark.id), Value(limit)],
      CountersignatureRow.init
    )
  }
}

extension CountersignatureRow {
  init(_ row: Row) {
    guard let state = State(rawValue: row.int(8)) else {
      preconditionFailure("The schema checks the states of countersignatures.")
    }
    id = row.text(0)
    hall = row.text(1)
    applicationID = row.integer(2)
    number = row.text(3)
    requestedBy = row.text(4)
    requestedAt = row.instant(5)
    reasons = row.text(6)
    competentAuthority = row.text(7)
    self.state = state
  }
}

extension Transaction {
  /// Keeps a new request.
  package func insert(_ row: CountersignatureRow) throws {
    try execute(
      CountersignatureQueries.insert,
      [
        .text(row.id), .text(row.hall), .integer(row.applicationID), .text(row.number),
        .text(row.requestedBy), Value(row.requestedAt), .text(row.reasons),
        .text(row.competentAuthority),
      ]
    )
  }

  /// Closes a request that waits.
  package func close(
    _ row: CountersignatureRow,
    as state: CountersignatureRow.State,
    by subject: String,
    at instant: Instant,
    answer: String = ""
  ) throws {
    try execute(
      CountersignatureQueries.close,
      [
        Value(state.rawValue), .text(subject), Value(instant), .text(answer), .text(row.id),
      ]
    )
  }

  /// Makes the request of an application void, since it went another way.
  package func voidCountersignatures(
    of application: Int64,
    by subject: String,
    at instant: Instant
  ) throws {
    try execute(
      CountersignatureQueries.void,
      [.text(subject), Value(instant), .integer(application)]
    )
  }
}
