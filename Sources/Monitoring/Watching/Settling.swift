internal import Kernel
internal import Law
internal import Service
internal import Storage

/// Opening, re-working and closing clocks: the one place that writes what is derived.
extension Writing {
  /// Opens a clock.
  ///
  /// - Parameters:
  ///   - watched: Which clock.
  ///   - matter: The case.
  ///   - start: Day 0.
  ///   - term: How long it runs.
  ///   - taskId: The task of a step.
  ///   - legal: The legal clock beside a promise.
  ///   - department: Who is responsible, if not the case's department.
  /// - Throws: ``Refusal`` `CALENDAR_MISSING`.
  func open(
    _ watched: Watched,
    of matter: WatchedCase,
    start: Day,
    term: Term,
    taskId: String = "",
    legal: TermClock? = nil,
    department: String? = nil
  ) throws {
    let earlier = try transaction.clocks(
      of: matter.number,
      watched,
      taskId: taskId,
      hall: call.hall
    )
    guard earlier.allSatisfy({ $0.closedOn != nil }) else { return }
    let book = try reading.book()
    var clock = ClockRow(
      caseNumber: matter.number,
      watched: watched,
      taskId: taskId,
      round: Int64(earlier.count + 1),
      itemCode: matter.itemCode,
      departmentCode: department ?? matter.departmentCode,
      start: start,
      term: term,
      due: start,
      yellowOn: start,
      lateOn: start,
      dueRevision: (earlier.map(\.dueRevision).max() ?? 0) + 1,
      revisedAt: earlier.isEmpty ? nil : call.now,
      calendarVersion: book.version
    )
    let ledger = try reading.ledger(of: matter.number)
    let standing = reading.standing(of: clock, legal: legal, ledger: ledger, book: book)
    clock.take(standing, on: call.today)
    // A new clock has a due revision of its own, of which nothing can have been told.
    clock.nextAt = standing.notices.first?.instant
    clock.id = try transaction.insert(clock, hall: call.hall)
    try setTimer(for: clock)
    try setRedating(of: matter.number, for: book.next)
  }

  /// Works the open clocks of a case out again, after a pause, a resumption or a new calendar.
  ///
  /// The due revision rises only if the due day moves; alerts that no longer hold are ended. What
  /// was reached before is to be told first, by what held then.
  ///
  /// - Parameters:
  ///   - number: The case.
  ///   - instant: When what moves the clocks came to be; nil for now.
  /// - Throws: ``Refusal`` `CALENDAR_MISSING`.
  /// - Source: docs/rules/monitoring.md, rules M2, M4 and M6
  func settle(_ number: String, asOf instant: Instant? = nil) throws {
    let instant = instant ?? call.now
    let open = try transaction.clocks(of: number, hall: call.hall).filter { $0.closedOn == nil }
    guard !open.isEmpty else { return }
    let held = try reading.book(at: instant)
    let ledger = try reading.ledger(of: number)
    var legal: TermClock?
    var endings: [(clock: ClockRow, cause: ClearCause)] = []
    var resets: [(clock: ClockRow, standing: Standing)] = []
    // The legal limit first: the promise is never later.
    for old in open.sorted(by: { ($0.watched == .legal ? 0 : 1) < ($1.watched == .legal ? 0 : 1) })
    {
      // What happened before a calendar by which a clock was re-dated does not take that back.
      let isAhead = old.calendarVersion > held.version
      let book = isAhead ? try reading.book(version: old.calendarVersion) : held
      var clock = try redated(old, ledger, book, at: instant)
      if clock.watched == .legal { legal = clock.clock }
      let standing = reading.standing(of: clock, legal: legal, ledger: ledger, book: book)
      clock.take(standing, on: call.today)
      guard clock != old else { continue }
      clock.stamp += 1
      if clock.due != old.due {
        clock.dueRevision += 1
        clock.revisedAt = instant
        endings.append((clock, .redated))
      } else if clock.pausedFrom != nil, old.pausedFrom == nil {
        endings.append((clock, .paused))
      }
      resets.append((clock, standing))
    }
    try end(endings, at: instant)
    // Where a promise and its limit are over on one day, red is told before purple: of timers of
    // one instant the one that was set first fires first.
    if var limit = open.first(where: { $0.watched == .legal }),
      resets.contains(where: { $0.clock.watched == .promise }),
      !resets.contains(where: { $0.clock.watched == .legal })
    {
      limit.stamp += 1
      let book = try reading.book(version: limit.calendarVersion)
      let standing = reading.standing(of: limit, legal: nil, ledger: ledger, book: book)
      resets.append((limit, standing))
    }
    for (clock, standing) in resets.sorted(by: {
      $0.clock.watched.rawValue < $1.clock.watched.rawValue
    }) {
      var clock = clock
      try schedule(&clock, standing)
      try transaction.update(clock)
    }
    try setRedating(of: number, for: held.next)
  }

  /// Ends the alerts of clocks by kind.
  private func end(
    _ endings: [(clock: ClockRow, cause: ClearCause)],
    at instant: Instant
  ) throws {
    for watched in Watched.allCases {
      let own = endings.filter { $0.clock.watched == watched }
      guard let first = own.first else { continue }
      let parts = watched == .step ? Set(own.map(\.clock.taskId)) : nil
      try clear(
        watched,
        of: first.clock.caseNumber,
        parts: parts,
        because: first.cause,
        at: instant
      )
    }
  }

  /// The clock, held as the law wants it if the calendar is another one than before.
  private func redated(
    _ clock: ClockRow,
    _ ledger: SuspensionLedger,
    _ book: Book,
    at instant: Instant
  ) throws -> ClockRow {
    guard clock.calendarVersion != book.version else { return clock }
    var clock = clock
    let old = try reading.book(version: clock.calendarVersion)
    let pauses = clock.watched.pausedAs.map { ledger.pauses(of: $0) } ?? []
    let redating = clock.clock.with(pauses: pauses)
      .redated(
        from: old.calendar,
        to: book.calendar,
        today: call.legalTime.day(of: instant),
        isClosed: false
      )
    clock.calendarVersion = book.version
    guard let redating else { return clock }
    clock.heldUntil = redating.clock.heldUntil
    try transaction.journal(redating, of: clock, at: call.now, hall: call.hall)
    return clock
  }

  /// Sets the timer of the first level that was not told of for this due day.
  private func schedule(_ clock: inout ClockRow, _ standing: Standing) throws {
    clock.nextAt = try standing.notices.first { notice in
      try transaction.grade(ofAlert: clock.key(notice).id, hall: call.hall) == nil
    }?.instant
    try setTimer(for: clock)
  }

  /// Sets the timer of a clock's next level, if there is one; it goes on with the levels behind it.
  private func setTimer(for clock: ClockRow) throws {
    guard let next = clock.nextAt else { return }
    try setTimer(
      MonitoringTimer.level,
      subject: String(clock.id),
      stamp: clock.stamp,
      due: next
    )
  }

  /// Tells of the levels that the open clocks of a running case have reached by now, and of its
  /// procedures that had run past their planned end, in the order of time.
  func tellReached(of matter: WatchedCase) throws {
    let open = try redatedIfPending(
      transaction.clocks(of: matter.number, hall: call.hall).filter { $0.closedOn == nil }
    )
    for (suspension, over) in try stalePauses(of: matter.number) {
      try tellReached(open, by: over)
      try tellStale(suspension, of: matter, since: over)
    }
    try tellReached(open, by: call.now)
  }

  /// Tells of the levels that open clocks of one case have reached by an instant and that no timer
  /// has told of yet.
  ///
  /// After a downtime the end of a case, or what moves it, may come before the timers of what was
  /// reached earlier; the record names it all the same.
  ///
  /// - Source: docs/rules/monitoring.md, rule M4
  func tellReached(_ open: [ClockRow], by now: Instant) throws {
    guard let number = open.first?.caseNumber else { return }
    let due = open.filter { clock in clock.nextAt.map { $0 <= now } ?? false }
    guard !due.isEmpty else { return }
    let ledger = try reading.ledger(of: number)
    let legal = try transaction.clocks(of: number, hall: call.hall)
      .first { $0.watched == .legal && $0.closedOn == nil }
    var reached: [(clock: ClockRow, notice: Notice)] = []
    for clock in due {
      let standing = reading.standing(
        of: clock,
        legal: legal?.clock,
        ledger: ledger,
        book: try reading.book(version: clock.calendarVersion)
      )
      reached += standing.notices.filter { $0.instant <= now }.map { (clock, $0) }
    }
    for (clock, notice) in reached.sorted(by: { $0.notice.instant < $1.notice.instant }) {
      try raise(notice, of: clock)
    }
  }

  /// Closes one clock of a case for good and ends its alerts.
  ///
  /// - Parameters:
  ///   - watched: Which clock.
  ///   - number: The case.
  ///   - taskId: The task of a step; empty for all other kinds.
  ///   - day: The day of the end.
  /// - Throws: `StoreError`.
  func close(_ watched: Watched, of number: String, taskId: String = "", on day: Day) throws {
    let clocks = try transaction.clocks(of: number, watched, taskId: taskId, hall: call.hall)
    try close(clocks, on: day)
    try clear(watched, of: number, parts: taskId.isEmpty ? nil : [taskId], because: .closed)
  }

  /// Closes the clocks that end with their case for good, and ends their alerts.
  ///
  /// - Parameters:
  ///   - number: The case.
  ///   - day: The day of the end.
  /// - Throws: `StoreError`.
  func closeAll(of number: String, on day: Day) throws {
    let clocks = try transaction.clocks(of: number, hall: call.hall)
    try close(clocks.filter { Watched.endingWithCase.contains($0.watched) }, on: day)
    for watched in Watched.endingWithCase { try clear(watched, of: number, because: .closed) }
  }

  private func close(_ clocks: [ClockRow], on day: Day) throws {
    let open = try redatedIfPending(clocks.filter { $0.closedOn == nil })
    try tellReached(open, by: call.now)
    for var clock in open {
      clock.light = clock.light(on: day)
      clock.closedOn = day
      clock.nextAt = nil
      clock.stamp += 1
      try transaction.update(clock)
    }
  }
}

extension ClockRow {
  /// What makes an alert of the clock the same alert.
  func key(_ notice: Notice) -> AlertKey {
    AlertKey(
      subject: caseNumber,
      watched: watched,
      part: taskId.isEmpty ? notice.part : taskId,
      grade: notice.grade,
      dueRevision: dueRevision
    )
  }
}
