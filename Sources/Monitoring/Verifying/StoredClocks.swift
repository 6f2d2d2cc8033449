internal import Kernel
internal import Law
internal import Service
internal import Storage

extension Verification {
  /// Clocks: all that is derived of them, by the calendar that each names.
  static let clocks = rows("clocks", from: [0]) { snapshot, after, limit in
    try snapshot.clockPage(after: after, limit: limit)
  } mark: { kept in
    (kept.hall, kept.clock.subject, [.integer(kept.clock.id)])
  } faults: { kept, reading in
    try reading.faults(of: kept.clock)
  }
}

extension ClockRow {
  fileprivate var subject: String {
    "\(caseNumber) \(watched.name)\(taskId.isEmpty ? "" : " \(taskId)")"
  }
}

extension Reading {
  /// What is wrong with what is derived of a clock, by the function that writes it.
  ///
  /// - Throws: `StoreError`, or ``Refusal`` `CALENDAR_MISSING` if its calendar is not kept.
  fileprivate func faults(of clock: ClockRow) throws -> [StoredFault] {
    let book = try book(version: clock.calendarVersion)
    let legal = try snapshot.clocks(of: clock.caseNumber, hall: call.hall)
      .first { $0.watched == .legal }?.clock
    let ledger = try ledger(of: clock.caseNumber)
    var likeliest: Standing?
    for moment in ledger.moments(isClosed: clock.closedOn != nil, until: call.today) {
      let standing = standing(of: clock, legal: legal, ledger: moment.ledger, book: book)
      if Self.dayFaults(of: clock, standing).isEmpty {
        return [try levelFault(of: clock, standing)].compactMap(\.self)
      }
      likeliest = likeliest ?? standing
    }
    return likeliest.map { Self.dayFaults(of: clock, $0) } ?? []
  }

  private static func dayFaults(of clock: ClockRow, _ standing: Standing) -> [StoredFault] {
    // Taken over as it is when a clock is written; the light is for an index and no day.
    var expected = clock
    expected.take(standing, on: clock.due)
    let days = [
      ("due_on", clock.due, expected.due),
      ("yellow_on", clock.yellowOn, expected.yellowOn),
      ("late_on", clock.lateOn, expected.lateOn),
      ("paused_from", clock.pausedFrom, expected.pausedFrom),
      ("planned_end", clock.plannedEnd, expected.plannedEnd),
    ]
    return days.compactMap { column, stored, expected in
      .day(clock.subject, column, stored: stored, expected: expected)
    }
  }

  /// What is wrong with the instant of the next level; nil if nothing is.
  ///
  /// It is that of the first notice that was not told of. A notice that was told by something
  /// else than its timer stays the next one until the timer has fired; and while one is overdue to
  /// be told, a later one may have fired before it.
  private func levelFault(of clock: ClockRow, _ standing: Standing) throws -> StoredFault? {
    var next: Notice?
    var isRight = false
    if clock.closedOn == nil {
      for notice in standing.notices {
        let isTold = try snapshot.grade(ofAlert: clock.key(notice).id, hall: call.hall) != nil
        let isNext = !isTold && next == nil
        if isNext { next = notice }
        let isPending = isTold && notice.instant <= call.now
        let isAhead = next.map { $0.instant <= call.now && notice.instant > $0.instant } ?? false
        if clock.nextAt == notice.instant, isNext || isPending || isAhead { isRight = true }
      }
    }
    let isOver = clock.nextAt == nil && (next.map { $0.instant <= call.now } ?? true)
    guard !isRight, !isOver else { return nil }
    func text(_ instant: Instant?) -> String { instant.map { call.legalTime.text($0) } ?? "-" }
    return StoredFault(
      .level,
      of: "\(clock.subject) next_at",
      stored: text(clock.nextAt),
      expected: text(next?.instant)
    )
  }
}
