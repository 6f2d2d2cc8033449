internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// The SQL of decisions, certificates and deliveries: one row a case each.
enum ResultQueries {
  static let decision = """
    SELECT granted, decided_by, on_behalf_of, decided_at, reasons, remedies
    FROM decision WHERE hall = ? AND case_number = ?
    """

  static let insertDecision = """
    INSERT INTO decision (hall, case_number, granted, decided_by, on_behalf_of, decided_at,
      reasons, remedies)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let certificate = """
    SELECT number, name, issued_on, valid_until FROM certificate
    WHERE hall = ? AND case_number = ?
    """

  static let insertCertificate = """
    INSERT INTO certificate (hall, case_number, number, name, issued_on, valid_until)
    VALUES (?, ?, ?, ?, ?, ?)
    """

  static let nextSequence = """
    INSERT INTO certificate_sequence (hall, prefix, year, last) VALUES (?, ?, ?, 1)
    ON CONFLICT (hall, prefix, year) DO UPDATE SET last = certificate_sequence.last + 1
    RETURNING last
    """

  static let delivery = """
    SELECT method, delivered_at, tracking_number, delivered_by FROM delivery
    WHERE hall = ? AND case_number = ?
    """

  static let insertDelivery = """
    INSERT INTO delivery (hall, case_number, method, delivered_at, tracking_number, delivered_by)
    VALUES (?, ?, ?, ?, ?, ?)
    """
}

extension Snapshot {
  /// The decision of a case; nil before it.
  func decision(hall: String, caseNumber: String) throws -> ApprovalV1.Decision? {
    try first(ResultQueries.decision, [.text(hall), .text(caseNumber)]) { row in
      ApprovalV1.Decision(
        granted: row.bool(0),
        decidedBy: row.text(1),
        onBehalfOf: row.text(2),
        decidedAt: GoogleProtobuf.Timestamp(row.instant(3)),
        reasons: row.text(4),
        remedies: row.text(5)
      )
    }
  }

  /// The certificate of a case; nil before it.
  func certificate(hall: String, caseNumber: String) throws -> ApprovalV1.Certificate? {
    try first(ResultQueries.certificate, [.text(hall), .text(caseNumber)]) { row in
      ApprovalV1.Certificate(
        number: row.text(0),
        name: row.text(1),
        issuedOn: row.day(2).description,
        validUntil: row.optionalDay(3)?.description ?? ""
      )
    }
  }

  /// The delivery of a case; nil before it.
  func delivery(hall: String, caseNumber: String) throws -> ApprovalV1.Delivery? {
    try first(ResultQueries.delivery, [.text(hall), .text(caseNumber)]) { row in
      ApprovalV1.Delivery(
        method: ApprovalV1.DeliveryMethod(rawValue: Int32(truncatingIfNeeded: row.integer(0))),
        deliveredAt: GoogleProtobuf.Timestamp(row.instant(1)),
        trackingNumber: row.text(2),
        deliveredBy: row.text(3)
      )
    }
  }
}

extension Transaction {
  /// Inserts the decision of a case.
  func insert(
    _ decision: ApprovalV1.Decision,
    at instant: Instant,
    hall: String,
    caseNumber: String
  ) throws {
    try execute(
      ResultQueries.insertDecision,
      [
        .text(hall), .text(caseNumber), Value(decision.granted), .text(decision.decidedBy),
        .text(decision.onBehalfOf), Value(instant), .text(decision.reasons),
        .text(decision.remedies),
      ]
    )
  }

  /// Inserts the certificate of a case.
  func insertCertificate(
    number: String,
    name: String,
    issuedOn: Day,
    validUntil: Day?,
    hall: String,
    caseNumber: String
  ) throws {
    try execute(
      ResultQueries.insertCertificate,
      [
        .text(hall), .text(caseNumber), .text(number), .text(name), Value(issuedOn),
        Value(validUntil),
      ]
    )
  }

  /// The next number within letters and a year, from 1 without a gap.
  func nextCertificate(hall: String, prefix: String, year: Int) throws -> Int64 {
    let next = try first(
      ResultQueries.nextSequence,
      [.text(hall), .text(prefix), .integer(Int64(year))]
    ) { $0.integer(0) }
    return try ApprovalFault.kept(next)
  }

  /// Inserts the delivery of a case.
  func insert(
    _ delivery: ApprovalV1.Delivery,
    at instant: Instant,
    hall: String,
    caseNumber: String
  ) throws {
    try execute(
      ResultQueries.insertDelivery,
      [
        .text(hall), .text(caseNumber), .integer(Int64(delivery.method.rawValue)),
        Value(instant), .text(delivery.trackingNumber), .text(delivery.deliveredBy),
      ]
    )
  }
}
