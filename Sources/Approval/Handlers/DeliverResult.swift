internal import Kernel
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Hands the result over, a denial too, and keeps the proof.
  package func deliverResult(
    _ request: ApprovalV1.DeliverResultRequest,
    _ call: Writing
  ) throws -> ApprovalV1.DeliverResultResponse {
    try checkMethod(request)
    var row = try call.reading.theCase(request.number)
    let isUncertified = row.state == .granted
    try row.move(.deliver)
    if isUncertified, try call.reading.theItem(of: row).yieldsCertificate {
      throw ApprovalRefusal.certificateMissing(row.number)
    }
    try call.check(expected: request.expectedRevision, revision: row.revision, of: row.number)
    guard let acting = try call.reading.acting(.certificateDesk) else {
      throw ApprovalRefusal.notPostHolder(row.number)
    }
    try call.reading.refuseConflict(.handOver, on: row)
    if request.method == .window { try checkCollector(request, row, call) }
    let delivery = ApprovalV1.Delivery(
      method: request.method,
      deliveredAt: GoogleProtobuf.Timestamp(call.call.now),
      trackingNumber: request.method == .express ? request.trackingNumber : "",
      deliveredBy: call.call.pass.subject
    )
    try call.transaction.insert(
      delivery,
      at: call.call.now,
      hall: call.call.hall,
      caseNumber: row.number
    )
    try call.transaction.save(&row, hall: call.call.hall)
    try call.tell(
      ApprovalV1.ResultDelivered(number: row.number, delivery: delivery),
      of: row.number,
      by: acting,
      ("结果已送达", "The result was handed over")
    )
    return ApprovalV1.DeliverResultResponse(delivery: delivery)
  }

  /// A window needs the collector's number, an express its tracking number.
  private func checkMethod(_ request: ApprovalV1.DeliverResultRequest) throws {
    if request.method == .window, request.collectorIdSuffix.isBlank {
      throw Refusal.invalid([.required("collector_id_suffix")])
    }
    if request.method == .express, request.trackingNumber.isBlank {
      throw Refusal.invalid([.required("tracking_number")])
    }
  }

  /// The collector shows the applicant's identity number.
  ///
  /// - Source: docs/rules/approval.md, rule A13 (handbook 3.2)
  private func checkCollector(
    _ request: ApprovalV1.DeliverResultRequest,
    _ row: CaseRow,
    _ call: Writing
  ) throws {
    let known = try call.reading.personalPart(of: row)?.applicant?.idNumber ?? ""
    guard !known.isEmpty else { throw ApprovalRefusal.collectorUnknown(row.number) }
    guard known.suffix(4).uppercased() == request.collectorIdSuffix.uppercased() else {
      throw ApprovalRefusal.collectorMismatch(row.number)
    }
  }
}
