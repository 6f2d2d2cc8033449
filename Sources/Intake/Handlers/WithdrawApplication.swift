package import Messages
internal import Service

extension IntakeHandlers {
  /// Takes an application back before it is decided.
  ///
  /// - Source: docs/rules/intake.md, rule I13
  package func withdrawApplication(
    _ request: IntakeV1.WithdrawApplicationRequest,
    _ writing: Writing
  ) throws -> IntakeV1.WithdrawApplicationResponse {
    var row = try writing.reading.application(request.number)
    let wasAccepted = row.state.isAccepted
    try row.go(on: .withdraw)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    row.reason = request.reason
    row.stamp += 1
    try writing.transaction.update(&row)
    try writing.transaction.voidCountersignatures(
      of: row.id,
      by: writing.call.pass.subject,
      at: writing.call.now
    )
    try writing.publish(
      IntakeV1.ApplicationWithdrawn(number: row.number, afterAcceptance: wasAccepted),
      subject: row.number,
      basis: "I13",
      onBehalfOf: try writing.reading.standsInFor()
    )
    return IntakeV1.WithdrawApplicationResponse(
      application: try writing.reading.message(of: row)
    )
  }
}
