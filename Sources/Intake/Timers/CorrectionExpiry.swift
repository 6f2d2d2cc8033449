internal import Messages
package import Service
package import Storage

extension IntakeTimer {
  /// The applicant never answered the notice in full: the papers go back.
  ///
  /// - Source: docs/rules/intake.md, rule I7
  package static func expire(_ timer: TimerRow, _ writing: Writing) throws {
    let found = try writing.transaction.application(hall: timer.hall, number: timer.subject)
    guard var row = found, row.stamp == timer.stamp, !row.isCorrected,
      let next = Lifecycle.next(row.state, on: .expire)
    else { return }
    row.state = next
    row.stamp += 1
    try writing.transaction.update(&row)
    try writing.publish(
      IntakeV1.ApplicationReturned(number: row.number),
      subject: row.number,
      basis: "I7"
    )
  }
}
