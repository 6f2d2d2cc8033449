package import Messages
internal import Service

extension IntakeHandlers {
  /// The receipt of an application that was handed in.
  package func getReceipt(
    _ request: IntakeV1.GetReceiptRequest,
    _ reading: Reading
  ) throws -> IntakeV1.GetReceiptResponse {
    let row = try reading.application(request.number)
    guard row.state != .draft else { throw IntakeRefusal.wrongState(row.number, row.state) }
    return IntakeV1.GetReceiptResponse(receipt: try reading.receipt(of: row))
  }
}
