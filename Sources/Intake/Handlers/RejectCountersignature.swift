package import Messages
internal import Service

extension IntakeHandlers {
  /// Declines to sign; the application stays as it was.
  package func rejectCountersignature(
    _ request: IntakeV1.RejectCountersignatureRequest,
    _ writing: Writing
  ) throws -> IntakeV1.RejectCountersignatureResponse {
    let (countersignature, application) = try waiting(request.id, writing)
    var row = application
    _ = try writing.reading.signer(of: countersignature, row)
    try writing.transaction.close(
      countersignature,
      as: .declined,
      by: writing.call.pass.subject,
      at: writing.call.now,
      answer: request.reason
    )
    try writing.transaction.update(&row)
    return IntakeV1.RejectCountersignatureResponse(
      application: try writing.reading.message(of: row)
    )
  }
}
