internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

extension Writing {
  /// Goes on after a task has ended: to the next stage when all of its stage are done, and to the
  /// decision after the last.
  ///
  /// - Parameters:
  ///   - row: The case; it is saved.
  ///   - tasks: All its tasks as they are now.
  /// - Throws: `StoreError`, ``ApprovalFault`` or ``ApprovalRefusal``.
  /// - Source: docs/rules/approval.md, rule A2
  func proceed(_ row: inout CaseRow, _ tasks: [TaskRow]) throws {
    if tasks.contains(where: { $0.state.isLive }) {
      return try transaction.save(&row, hall: call.hall)
    }
    let stages = try reading.theItem(of: row).stages
    let current = row.stageCode
    let later = stages.drop { $0.code != current }.dropFirst()
    let next = later.first { !$0.tasks.isEmpty }
    try row.enter(next)
    try transaction.save(&row, hall: call.hall)
    try open(next, of: row, behind: tasks.count, in: reading.calendar())
  }

  /// Opens the tasks of a stage that a case has entered.
  ///
  /// - Parameters:
  ///   - stage: The stage; nil is the end of the last one.
  ///   - row: The case.
  ///   - count: How many tasks the case has had before.
  ///   - calendar: The working days by which the terms of the tasks are reckoned.
  /// - Throws: `StoreError` or ``ApprovalFault``.
  func open(
    _ stage: CatalogueV1.Stage?,
    of row: CaseRow,
    behind count: Int = 0,
    in calendar: WorkCalendar
  ) throws {
    if let stage { return try open(stage, of: row, behind: count, reckonedIn: calendar) }
    if row.state == .deciding { try tellReady(row) }
  }

  /// Tells that a case waits for its decision.
  func tellReady(_ row: CaseRow) throws {
    try tell(
      ApprovalV1.CaseReadyForDecision(number: row.number),
      of: row.number,
      ("各环节已办完，待决定", "All tasks are done; the case waits for its decision")
    )
  }

  /// Opens the tasks of a stage side by side; their terms begin today, when the departments get
  /// them.
  private func open(
    _ stage: CatalogueV1.Stage,
    of row: CaseRow,
    behind count: Int,
    reckonedIn calendar: WorkCalendar
  ) throws {
    let ledger = try SuspensionLedger(reading.procedures(of: row))
    for (index, plan) in stage.tasks.enumerated() {
      guard let nature = TaskNature(rawValue: Int64(plan.nature.rawValue)),
        let term = Term(plan.limit)
      else { throw ApprovalFault.planUnknown(code: plan.code) }
      var task = TaskRow(
        id: call.nextIdentifier(),
        caseNumber: row.number,
        ordinal: Int64(count + index + 1),
        stageCode: stage.code,
        taskCode: plan.code,
        name: plan.name,
        departmentCode: plan.departmentCode,
        postCode: plan.postCode,
        nature: nature,
        startedOn: call.today,
        term: term,
        dueOn: call.today
      )
      let reckoning = task.clock(ledger).reckoned(in: calendar, asOf: call.today)
      task.dueOn = reckoning.due
      try transaction.insert(task, hall: call.hall)
      try tell(
        ApprovalV1.TaskOpened(task: task.message, startedOn: task.startedOn.description),
        of: row.number,
        ("交办“\(task.name)”，限于\(task.dueOn)前办结", "Task \(task.name) opened, due on \(task.dueOn)")
      )
      // While the clock stands still no end can be named; it is set when the clock runs on.
      if reckoning.openPause == nil { try setTacitTimer(task, in: calendar) }
    }
  }
}

extension CaseRow {
  /// Takes over the stage in which the case is; nil is the end of the last one.
  mutating func enter(_ stage: CatalogueV1.Stage?) throws {
    stageCode = stage?.code ?? ""
    try move(stage == nil ? .lastTaskDone : .work)
  }
}
