internal import Kernel
internal import Law
internal import Service
internal import Storage

/// A special procedure runs past its planned end: yellow, and so are the clocks that it stops.
func pauseBecameStale(_ timer: TimerRow, _ writing: Writing) throws {
  let store = writing.transaction
  guard let id = Int64(timer.subject), let suspension = try store.suspension(id),
    suspension.stamp == timer.stamp, let planned = suspension.planned,
    let matter = try store.watchedCase(suspension.caseNumber, hall: timer.hall),
    matter.endedOn == nil
  else { return }
  let duty = try writing.reading.duty(for: matter, .stalePause)
  let told = RecipientRule.of(.stalePause, .yellow)?.recipients ?? []
  try writing.raise(
    Finding(
      key: AlertKey(
        subject: matter.number,
        watched: .stalePause,
        part: suspension.procedureId,
        grade: .yellow,
        dueRevision: 1
      ),
      time: timer.due,
      due: planned,
      itemCode: matter.itemCode,
      departmentCode: matter.departmentCode,
      duty: duty,
      recipients: try writing.reading.names(of: told, duty),
      text: AlertText.warning(.stalePause, .yellow, due: planned)
    )
  )
  let today = writing.call.legalTime.day(of: timer.due)
  for clock in try store.clocks(of: matter.number, hall: timer.hall) where clock.closedOn == nil {
    try store.updateLight(of: clock.id, clock.light(on: today), nextAt: clock.nextAt)
  }
}
