internal import Kernel
internal import Law
internal import Service
internal import Storage

extension CaseRow {
  /// The two clocks of the case.
  ///
  /// The legal one runs from the day that intake named, the promise from the acceptance.
  func clocks(_ ledger: SuspensionLedger, in calendar: WorkCalendar, asOf today: Day) -> Clocks {
    Clocks(
      days: StartDays(accepted: acceptedOn, received: legalStartOn),
      legal: legalLimit.map { Limit($0, from: .received) },
      promise: promise.map { Limit($0, from: .accepted) },
      ledger: ledger,
      legalHeldUntil: legalHeldUntil,
      promiseHeldUntil: promiseHeldUntil,
      calendar: calendar,
      asOf: today
    )
  }

  /// Takes the due days of clocks.
  mutating func take(_ clocks: Clocks) {
    legalDueOn = clocks.legalDue
    promiseDueOn = clocks.promiseDue
    isProvisional = clocks.isProvisional
  }
}

extension TaskRow {
  /// The clock of the task: it stands still with the promise.
  ///
  /// - Source: docs/rules/terms.md, rules T11 and T19; docs/rules/approval.md, rule A7
  func clock(_ ledger: SuspensionLedger) -> TermClock {
    TermClock(
      start: startedOn,
      term: term,
      pauses: ledger.pauses(of: .step),
      heldUntil: heldUntil
    )
  }
}

extension Reading {
  /// A task with its due day as it is now: while its clock stands still, as if it ran on today.
  ///
  /// - Parameters:
  ///   - task: The task.
  ///   - procedures: The special procedures of its case, if they were read already.
  /// - Returns: The task; what is done keeps the day that it had then.
  /// - Throws: `StoreError`, or ``Refusal`` `CALENDAR_MISSING`.
  /// - Source: docs/rules/terms.md, rule T12
  func asOfToday(_ task: TaskRow, _ procedures: [ProcedureRow]? = nil) throws -> TaskRow {
    guard task.state.isLive else { return task }
    let procedures =
      try procedures
      ?? snapshot.procedureRows(hall: call.hall, caseNumber: task.caseNumber)
    guard procedures.contains(where: { $0.endedOn == nil && $0.stopsPromise }) else { return task }
    let clock = task.clock(try SuspensionLedger(procedures))
    var task = task
    task.dueOn = clock.reckoned(in: try calendar(), asOf: call.today).due
    return task
  }
}

extension Writing {
  /// Works out the due days of a case and of its open tasks anew after a special procedure began or
  /// ended.
  ///
  /// The case is not saved.
  ///
  /// - Parameters:
  ///   - row: The case.
  ///   - procedure: What began or ended.
  /// - Throws: `StoreError`, or ``Refusal`` `CALENDAR_MISSING`.
  func redate(_ row: inout CaseRow, for procedure: ProcedureRow) throws {
    guard procedure.stopsClock else { return }
    let calendar = try reading.calendar()
    let ledger = try SuspensionLedger(reading.procedures(of: row))
    row.take(row.clocks(ledger, in: calendar, asOf: call.today))
    guard procedure.stopsPromise else { return }
    for var task in try reading.tasks(of: row) where task.state.isLive {
      let reckoning = task.clock(ledger).reckoned(in: calendar, asOf: call.today)
      // What began after a task's due day does not move it, nor its timer.
      guard procedure.startedOn <= reckoning.due else { continue }
      task.dueOn = reckoning.due
      task.stamp += 1
      try transaction.save(&task, hall: call.hall)
      if reckoning.openPause == nil { try setTacitTimer(task, in: calendar) }
    }
  }

  /// Sets the timer by which silence on a task becomes consent, if it can.
  func setTacitTimer(_ task: TaskRow, in calendar: WorkCalendar) throws {
    guard task.nature.consentsBySilence, task.state.isLive else { return }
    try setTimer(
      TacitConsentTimer.kind,
      subject: task.id,
      stamp: task.stamp,
      due: Silence.consents(after: task.dueOn, in: calendar, call.legalTime)
    )
  }
}
