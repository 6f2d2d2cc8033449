package import Service
package import Storage

extension IntakeTimer {
  /// The five days passed in silence: accepted as of day 0 of the five days, however late this is
  /// found out.
  ///
  /// - Source: docs/rules/intake.md, rule I3; docs/rules/terms.md, rule T22
  package static func deem(_ timer: TimerRow, _ writing: Writing) throws {
    let found = try writing.transaction.application(hall: timer.hall, number: timer.subject)
    guard var row = found, row.stamp == timer.stamp, let day = row.receiptStart else { return }
    guard Lifecycle.next(row.state, on: .deem) != nil,
      row.state != .correction || row.isCorrected
    else { return }
    try writing.accept(&row, on: .deem, day: day)
  }
}
