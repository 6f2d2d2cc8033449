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
      let reading = writing.reading
      let isFirst = try reading.reference(CatalogueV1.CalendarFile.self, "") == nil
      let old = isFirst ? nil : try reading.calendar()
      try writing.keep(event.file, id: "", version: event.version)
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
    if after != row {
      try transaction.save(&after, hall: call.hall)
      try note(row, after)
    }
    for task in try reading.tasks(of: row) where task.state.isLive {
      try redate(task, ledger, from: old, to: new)
    }
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

  private func redate(
    _ row: TaskRow,
    _ ledger: SuspensionLedger,
    from old: WorkCalendar,
    to new: WorkCalendar
  ) throws {
    var task = row
    let clock = row.clock(ledger)
    if let record = clock.redated(from: old, to: new, today: call.today, isClosed: false) {
      task.heldUntil = record.clock.heldUntil
      task.dueOn = record.newDue
    }
    // The day on which silence becomes consent may move although the due day stays.
    let silence = Silence.consents(after: row.dueOn, in: old, call.legalTime)
    guard
      task != row
        || silence != Silence.consents(after: task.dueOn, in: new, call.legalTime)
    else { return }
    task.stamp += 1
    try transaction.save(&task, hall: call.hall)
    let reckoning = task.clock(ledger).reckoned(in: new, asOf: call.today)
    if reckoning.openPause == nil { try setTacitTimer(task, in: new) }
  }
}
