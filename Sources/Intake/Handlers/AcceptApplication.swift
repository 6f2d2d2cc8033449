internal import Kernel
internal import Law
package import Messages
internal import Service

extension IntakeHandlers {
  /// Accepts: the clocks start, and the case goes to approval with an admission.
  ///
  /// An application that was handed in online may be accepted without being received first; the
  /// acceptance implies it. After a correction the day of acceptance is that on which the last
  /// gap was closed (docs/rules/terms.md, rule T23).
  package func acceptApplication(
    _ request: IntakeV1.AcceptApplicationRequest,
    _ writing: Writing
  ) throws -> IntakeV1.AcceptApplicationResponse {
    let reading = writing.reading
    var row = try reading.application(request.number)
    try reading.refuseApplicantSide(row)
    guard Lifecycle.next(row.state, on: .accept) != nil else {
      throw IntakeRefusal.wrongState(row.number, row.state)
    }
    if row.state == .correction, !row.isCorrected {
      let open = try reading.snapshot.correction(of: row.id).open.count
      throw IntakeRefusal.gapsOpen(row.number, open)
    }
    try row.checkFiveDays(writing.call)
    try writing.check(
      expected: request.expectedRevision,
      revision: row.revision,
      of: row.number
    )
    let day = row.completedOn ?? writing.call.today
    let clocks = try writing.accept(&row, on: .accept, day: day)
    return IntakeV1.AcceptApplicationResponse(
      receipt: try reading.receipt(of: row),
      promise: clocks.promised?.message(byDay: true),
      legal: clocks.clocks.legal?.message(byDay: true)
    )
  }
}
