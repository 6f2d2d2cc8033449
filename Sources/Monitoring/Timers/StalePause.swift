internal import Kernel
internal import Law
internal import Service
internal import Storage

/// A special procedure runs past its planned end: yellow, and so are the clocks that it stops.
func pauseBecameStale(_ timer: TimerRow, _ writing: Writing) throws {
  let store = writing.transaction
  guard let id = Int64(timer.subject), let suspension = try store.suspension(id),
    suspension.stamp == timer.stamp,
    let matter = try store.watchedCase(suspension.caseNumber, hall: timer.hall),
    matter.endedOn == nil
  else { return }
  try writing.tellStale(suspension, of: matter, since: timer.due)
  let today = writing.call.legalTime.day(of: timer.due)
  for clock in try store.clocks(of: matter.number, hall: timer.hall) where clock.closedOn == nil {
    try store.updateLight(of: clock.id, clock.light(on: today), nextAt: clock.nextAt)
  }
}

extension Writing {
  /// The open procedures of a case that had run past their planned end by now, and since when.
  ///
  /// After a downtime the end of a procedure, or of the case, may come before their timers.
  ///
  /// - Source: docs/rules/monitoring.md, rule M4
  func stalePauses(of number: String) throws -> [(SuspensionRow, since: Instant)] {
    try transaction.suspensions(of: number, hall: call.hall)
      .compactMap { suspension in
        guard suspension.resume == nil, let planned = suspension.planned else { return nil }
        let over = call.legalTime.end(of: planned)
        return over <= call.now ? (suspension, over) : nil
      }
      .sorted { $0.since < $1.since }
  }

  /// Tells of a procedure that ran past its planned end, unless that was told before.
  func tellStale(
    _ suspension: SuspensionRow,
    of matter: WatchedCase,
    since over: Instant
  ) throws {
    guard let planned = suspension.planned else { return }
    let duty = try reading.duty(for: matter, .stalePause)
    let told = RecipientRule.of(.stalePause, .yellow)?.recipients ?? []
    try raise(
      Finding(
        key: AlertKey(
          subject: matter.number,
          watched: .stalePause,
          part: suspension.procedureId,
          grade: .yellow,
          dueRevision: 1
        ),
        time: over,
        due: planned,
        itemCode: matter.itemCode,
        departmentCode: matter.departmentCode,
        duty: duty,
        recipients: try reading.names(of: told, duty),
        text: AlertText.warning(.stalePause, .yellow, due: planned)
      )
    )
  }
}
