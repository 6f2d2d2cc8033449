internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

extension Effects {
  /// What the catalogue's entries do here: they are kept, and a new calendar moves the due days of
  /// running cases and tasks.
  static let catalogueAndDueDays: Effects = {
    var effects = Effects.catalogue
    effects.on(CatalogueV1.CalendarPublished.self) { event, _, writing in
      guard event.file != nil else { return }
      let reading = writing.reading
      let isFirst = try reading.reference(CatalogueV1.CalendarFile.self, "") == nil
      let old = isFirst ? nil : try reading.calendar()
      try writing.keep(event.file, id: "", version: event.version)
      try writing.transaction.insert(
        CalendarVersion(
          version: event.version,
          since: isFirst ? CalendarVersion.always : writing.call.now
        ),
        hall: writing.call.hall
      )
      guard let old else { return }
      try writing.redateRunningCases(from: old, to: try reading.calendar())
    }
    return effects
  }()
}

extension Writing {
  /// How many cases are read at once.
  private static let page = 200

  /// Moves the due days of running cases and of their open tasks for a new calendar.
  ///
  /// - Source: docs/rules/terms.md, rule T21
  fileprivate func redateRunningCases(from old: WorkCalendar, to new: WorkCalendar) throws {
    guard old != new else { return }
    for state in CaseState.running {
      var last = ""
      while true {
        let rows = try transaction.caseRows(
          hall: call.hall,
          state: state,
          after: last,
          limit: Self.page
        )
        for row in rows { try redate(row, from: old, to: new) }
        guard rows.count == Self.page, let end = rows.last else { break }
        last = end.number
      }
    }
  }

  /// Moves the due days of a case that was opened late for the calendars that have come since it
  /// was accepted, one after the other, each as of the instant at which it came.
  ///
  /// - Parameters:
  ///   - number: The case.
  ///   - calendars: The calendar by which it was opened, and those that came after it.
  /// - Throws: `StoreError`, or ``Refusal`` `CALENDAR_MISSING`.
  /// - Source: docs/rules/terms.md, rule T21
  func redateLate(_ number: String, for calendars: [CalendarVersion]) throws {
    for (old, new) in zip(calendars, calendars.dropFirst()) {
      var call = call
      call.now = new.since
      let then = with(call)
      try then.redate(
        reading.theCase(number),
        from: reading.calendar(version: old.version),
        to: reading.calendar(version: new.version)
      )
    }
  }

  private func redate(_ row: CaseRow, from old: WorkCalendar, to new: WorkCalendar) throws {
    let ledger = try SuspensionLedger(reading.procedures(of: row))
    let before = row.clocks(ledger, in: old, asOf: call.today)
    var after = row
    func heldUntil(_ reckoning: Reckoning?, _ present: Day?) -> Day? {
      guard let clock = reckoning?.clock,
        let record = clock.redated(from: old, to: new, today: call.today, isClosed: false)
      else { return present }
      return record.clock.heldUntil
    }
    after.legalHeldUntil = heldUntil(before.legal, row.legalHeldUntil)
    after.promiseHeldUntil = heldUntil(before.promise, row.promiseHeldUntil)
    after.take(after.clocks(ledger, in: new, asOf: call.today))
    // The row keeps days as of its last change, and they go on while a clock stands still.
    var present = row
    present.take(before)
    let isMoved = after != present
    if !isMoved { after = row }
    var isTaskMoved = false
    for task in try reading.tasks(of: row) where task.state.isLive {
      if try redate(task, ledger, from: old, to: new) { isTaskMoved = true }
    }
    guard isMoved || isTaskMoved else { return }
    try transaction.save(&after, hall: call.hall)
    if isMoved { try note(present, after) }
  }

  /// Notes in the timeline that due days have moved.
  private func note(_ before: CaseRow, _ after: CaseRow) throws {
    guard before.promiseDueOn != after.promiseDueOn || before.legalDueOn != after.legalDueOn else {
      return
    }
    let promise = after.promiseDueOn?.description ?? "-"
    let legal = after.legalDueOn?.description ?? "-"
    try transaction.insert(
      ApprovalV1.TimelineEntry(
        type: "CalendarPublished",
        textZh: "工作日历更新，承诺期限至\(promise)，法定期限至\(legal)",
        textEn: "A new calendar: the promise ends on \(promise), the legal limit on \(legal)",
        actor: call.pass.subject
      ),
      at: call.now,
      hall: call.hall,
      caseNumber: after.number
    )
  }

  /// Moves the due day of an open task, and answers whether that changed anything.
  private func redate(
    _ row: TaskRow,
    _ ledger: SuspensionLedger,
    from old: WorkCalendar,
    to new: WorkCalendar
  ) throws -> Bool {
    var task = row
    let clock = row.clock(ledger)
    func silence(after due: Day, in calendar: WorkCalendar) -> Instant? {
      guard row.nature.consentsBySilence else { return nil }
      return Silence.consents(after: due, in: calendar, call.legalTime)
    }
    let consent = silence(after: row.dueOn, in: old)
    // What was consent before the calendar came stays it, though its timer has yet to fire: after a
    // downtime entries are applied before timers.
    if let consent, clock.reckoned(in: old, asOf: call.today).openPause == nil,
      try consent < call.now || isConsentPending(row)
    {
      return false
    }
    if let record = clock.redated(from: old, to: new, today: call.today, isClosed: false) {
      task.heldUntil = record.clock.heldUntil
      task.dueOn = record.newDue
    }
    // The day on which silence becomes consent may move although the due day stays.
    guard task != row || consent != silence(after: task.dueOn, in: new) else { return false }
    task.stamp += 1
    try transaction.save(&task, hall: call.hall)
    let reckoning = task.clock(ledger).reckoned(in: new, asOf: call.today)
    if reckoning.openPause == nil { try setTacitTimer(task, in: new) }
    return true
  }

  /// Whether a task's silence was consent before this instant by the calendar by which its timer
  /// was set: a calendar that left that consent as it was left the timer too, and the next one
  /// must not reckon it by that calendar.
  private func isConsentPending(_ task: TaskRow) throws -> Bool {
    try transaction.pendingTimer(
      kind: TacitConsentTimer.kind,
      subject: task.id,
      stamp: task.stamp,
      hall: call.hall,
      before: call.now
    ) != nil
  }
}
