internal import Kernel
internal import Law
internal import Service
internal import Storage

extension Verification {
  /// Cases: both due days, and the sealed personal part.
  static let cases = rows("cases", from: ["", ""]) { snapshot, after, limit in
    try snapshot.casePage(after: after, limit: limit)
  } mark: { kept in
    (kept.hall, kept.row.number, [.text(kept.hall), .text(kept.row.number)])
  } faults: { kept, reading in
    let sealed = StoredFault.sealed(
      kept.row.personal,
      of: "\(kept.row.number) personal",
      by: reading.seal
    )
    return [sealed].compactMap(\.self) + (try reading.dueDayFaults(of: kept.row))
  }

  /// Tasks: the due day.
  static let tasks = rows("tasks", from: ["", ""]) { snapshot, after, limit in
    try snapshot.taskPage(after: after, limit: limit)
  } mark: { kept in
    (kept.hall, kept.row.id, [.text(kept.hall), .text(kept.row.id)])
  } faults: { kept, reading in
    try reading.dueDayFaults(of: kept.row)
  }
}

extension Reading {
  /// What is wrong with the due days of a case, by the clocks from which they are written.
  ///
  /// - Throws: `StoreError`, or ``Refusal`` `CALENDAR_MISSING`.
  fileprivate func dueDayFaults(of row: CaseRow) throws -> [StoredFault] {
    let ledger = try SuspensionLedger(procedures(of: row))
    var expected: CaseRow?
    for calendar in try keptCalendars() {
      for moment in ledger.moments(isClosed: !row.state.isRunning, until: call.today) {
        var reckoned = row
        reckoned.take(row.clocks(moment.ledger, in: calendar, asOf: moment.asOf))
        if reckoned.legalDueOn == row.legalDueOn, reckoned.promiseDueOn == row.promiseDueOn {
          return []
        }
        expected = expected ?? reckoned
      }
    }
    return [
      .day(row.number, "legal_due_on", stored: row.legalDueOn, expected: expected?.legalDueOn),
      .day(
        row.number,
        "promise_due_on",
        stored: row.promiseDueOn,
        expected: expected?.promiseDueOn
      ),
    ]
    .compactMap(\.self)
  }

  /// What is wrong with the due day of a task, by the clock from which it is written.
  ///
  /// - Throws: `StoreError`, or ``Refusal``.
  fileprivate func dueDayFaults(of row: TaskRow) throws -> [StoredFault] {
    let ledger = try SuspensionLedger(procedures(of: theCase(row.caseNumber)))
    var expected: Day?
    for calendar in try keptCalendars() {
      for moment in ledger.moments(isClosed: !row.state.isLive, until: call.today) {
        let due = row.clock(moment.ledger).reckoned(in: calendar, asOf: moment.asOf).due
        if due == row.dueOn { return [] }
        expected = expected ?? due
      }
    }
    let subject = "task \(row.id) of \(row.caseNumber)"
    return [.day(subject, "due_on", stored: row.dueOn, expected: expected)].compactMap(\.self)
  }
}
