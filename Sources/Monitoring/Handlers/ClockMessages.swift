internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// Turns clocks into messages; the special procedures of a case are read once.
struct ClockMessages {
  private let reading: Reading
  private var ledgers: [String: SuspensionLedger] = [:]
  private var books: [Int64: Book] = [:]

  init(_ reading: Reading) {
    self.reading = reading
  }

  /// How a clock stands, by the calendar by which it was reckoned last.
  mutating func standing(of clock: ClockRow, legal: TermClock?) throws -> Standing {
    let ledger = try ledgers[clock.caseNumber] ?? reading.ledger(of: clock.caseNumber)
    ledgers[clock.caseNumber] = ledger
    let book = try books[clock.calendarVersion] ?? reading.book(version: clock.calendarVersion)
    books[clock.calendarVersion] = book
    return reading.standing(of: clock, legal: legal, ledger: ledger, book: book)
  }

  /// The clock as a message, with the light at the moment of asking.
  mutating func message(_ clock: ClockRow) throws -> MonitoringV1.Clock {
    let standing = try standing(of: clock, legal: nil)
    let today = min(reading.call.today, clock.closedOn ?? reading.call.today)
    // A promise may be cut short by the legal limit: what counts is the day that is kept.
    let reckoning = standing.reckoning
    let left = reckoning.elapsed(at: clock.due) - reckoning.elapsed(at: clock.stoodStill(today))
    return MonitoringV1.Clock(
      caseNumber: clock.caseNumber,
      kind: MonitoringV1.AlertKind(clock.watched),
      taskId: clock.taskId,
      itemCode: clock.itemCode,
      departmentCode: clock.departmentCode,
      light: MonitoringV1.Light(rawValue: Int32(clock.light(on: today).rawValue)),
      startedOn: clock.start.description,
      term: clock.term.message,
      dueOn: clock.due.description,
      provisional: clock.isProvisional,
      dueRevision: clock.dueRevision,
      closedOn: clock.closedOn?.description ?? "",
      remaining: Int32(left)
    )
  }
}

extension ClockRow {
  /// The day up to which the clock has run by a day: an open pause lets none pass.
  fileprivate func stoodStill(_ today: Day) -> Day {
    pausedFrom.map { min(today, $0.advanced(byDays: -1)) } ?? today
  }
}
