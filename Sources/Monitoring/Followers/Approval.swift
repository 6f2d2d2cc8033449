internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// What approval's entries do here.
enum FollowingApproval {
  static let effects: Effects = {
    var effects = Effects(of: "approval")
    effects.on(ApprovalV1.TaskOpened.self) { event, _, writing in try opened(event, writing) }
    effects.on(ApprovalV1.TaskClaimed.self) { event, _, writing in
      try changed(event.task, isOpen: true, writing)
    }
    effects.on(ApprovalV1.TaskDone.self) { event, _, writing in
      try changed(event.task, isOpen: false, writing)
    }
    effects.on(ApprovalV1.ConsentPresumed.self) { event, _, writing in
      try changed(event.task, isOpen: false, writing)
    }
    effects.on(ApprovalV1.SpecialProcedureStarted.self) { event, _, writing in
      try paused(event, writing)
    }
    effects.on(ApprovalV1.SpecialProcedureEnded.self) { event, _, writing in
      try resumed(event, writing)
    }
    effects.on(ApprovalV1.CaseDecided.self) { event, _, writing in try decided(event, writing) }
    effects.on(ApprovalV1.ResultDelivered.self) { event, _, writing in
      let delivered = event.delivery?.deliveredAt.map { writing.call.legalTime.day(of: $0.instant) }
      try writing.close(.delivery, of: event.number, on: delivered ?? writing.call.today)
    }
    effects.on(ApprovalV1.CaseWithdrawn.self) { event, _, writing in
      try writing.endCase(event.number)
    }
    effects.on(ApprovalV1.AdmissionRejected.self) { event, entry, writing in
      let finding = Finding.rejected(
        event,
        subject: entry.subject,
        position: entry.position,
        at: writing.call.now
      )
      try writing.raise(finding)
    }
    effects.raiseBypasses()
    return effects
  }()

  private static func opened(_ event: ApprovalV1.TaskOpened, _ writing: Writing) throws {
    guard let task = event.task, let matter = try writing.running(task.caseNumber) else { return }
    try writing.transaction.save(TaskRow(task, isOpen: true), hall: writing.call.hall)
    let start = Day(iso: event.startedOn) ?? writing.call.today
    guard let term = try term(of: task, in: matter, from: start, writing) else { return }
    try writing.open(
      .step,
      of: matter,
      start: start,
      term: term,
      taskId: task.id,
      department: task.departmentCode
    )
  }

  /// The term that the item's version names for a task; one that ends on the task's due day if
  /// the version is not known here.
  private static func term(
    of task: ApprovalV1.Task,
    in matter: WatchedCase,
    from start: Day,
    _ writing: Writing
  ) throws -> Term? {
    let item = try writing.reading.item(matter.itemCode, version: matter.itemVersion)?
      .published.item
    let plans = item?.stages.first { $0.code == task.stageCode }?.tasks
    if let term = Term(plans?.first(where: { $0.code == task.taskCode })?.limit) { return term }
    guard let due = Day(iso: task.dueOn) else { return nil }
    let days = try writing.reading.book().calendar.workingDays(after: start, through: due)
    return days == 0 ? .immediate : Term(days, .workingDay)
  }

  private static func changed(
    _ task: ApprovalV1.Task?,
    isOpen: Bool,
    _ writing: Writing
  ) throws {
    let call = writing.call
    guard let task, try writing.transaction.task(task.id, hall: call.hall) != nil else { return }
    try writing.transaction.save(TaskRow(task, isOpen: isOpen), hall: call.hall)
    guard !isOpen else { return }
    try writing.close(.step, of: task.caseNumber, taskId: task.id, on: call.today)
  }

  private static func paused(
    _ event: ApprovalV1.SpecialProcedureStarted,
    _ writing: Writing
  ) throws {
    guard let procedure = event.procedure, let matter = try writing.running(event.number) else {
      return
    }
    let row = SuspensionRow(
      id: 0,
      caseNumber: event.number,
      procedureId: procedure.id,
      kind: procedure.kind.rawValue,
      stop: Day(iso: procedure.startedOn) ?? writing.call.today,
      planned: Day(iso: procedure.plannedEndOn),
      resume: Day(iso: procedure.endedOn),
      stopsLegal: procedure.stopsLegal,
      stopsPromise: procedure.stopsPromise,
      stamp: 1
    )
    // What was reached before the pause, on its first day too, was reached.
    try writing.tellReached(of: matter)
    guard let id = try writing.transaction.insert(row, hall: writing.call.hall) else { return }
    if let planned = row.planned, row.resume == nil {
      try writing.setTimer(
        MonitoringTimer.stalePause,
        subject: String(id),
        stamp: row.stamp,
        due: writing.call.legalTime.end(of: planned)
      )
    }
    try writing.settle(event.number)
  }

  private static func resumed(_ event: ApprovalV1.SpecialProcedureEnded, _ writing: Writing) throws
  {
    let call = writing.call
    guard let procedure = event.procedure, let matter = try writing.running(event.number),
      let row = try writing.transaction.suspensions(of: event.number, hall: call.hall)
        .first(where: { $0.procedureId == procedure.id && $0.resume == nil })
    else { return }
    try writing.tellReached(of: matter)
    try writing.transaction.resume(row.id, on: Day(iso: procedure.endedOn) ?? call.today)
    try writing.clear(.stalePause, of: event.number, parts: [procedure.id], because: .closed)
    try writing.settle(event.number)
  }

  /// A decision that was taken before approval knew of a withdrawal stands (I14), so a case that
  /// has ended here may still be decided.
  private static func decided(_ event: ApprovalV1.CaseDecided, _ writing: Writing) throws {
    let call = writing.call
    guard let matter = try writing.transaction.watchedCase(event.number, hall: call.hall),
      let decision = event.decision
    else { return }
    let day = decision.decidedAt.map { call.legalTime.day(of: $0.instant) } ?? call.today
    let clocks = try writing.redatedIfPending(
      writing.transaction.clocks(of: event.number, hall: call.hall)
    )
    if let promise = clocks.last(where: { $0.watched == .promise }) {
      let legal = clocks.first { $0.watched == .legal }
      let standing = writing.reading.standing(
        of: promise,
        legal: legal?.clock,
        ledger: try writing.reading.ledger(of: event.number),
        book: try writing.reading.book(version: promise.calendarVersion)
      )
      let figures = Figures.of(
        promise: standing.reckoning,
        due: standing.due,
        legal: legal?.term,
        decidedOn: day,
        isGranted: decision.granted
      )
      try writing.transaction.insertClosed(matter, figures, decidedOn: day, hall: call.hall)
    }
    try writing.endCase(event.number)
    guard decision.granted, !clocks.contains(where: { $0.watched == .delivery }) else { return }
    try writing.open(.delivery, of: matter, start: day, term: .delivery)
  }
}

extension TaskRow {
  /// A task as approval tells of it.
  init(_ task: ApprovalV1.Task, isOpen: Bool) {
    self.init(
      id: task.id,
      caseNumber: task.caseNumber,
      departmentCode: task.departmentCode,
      postCode: task.postCode,
      nature: task.nature.rawValue,
      claimedBy: task.claimedBy,
      isOpen: isOpen
    )
  }
}
