internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// The calendar by which clocks are reckoned, with its version.
struct Book {
  let version: Int64
  let calendar: WorkCalendar
  /// The calendar that is known to have replaced it, if that was asked for.
  var next: CalendarVersion?
}

extension Reading {
  /// The calendar in the version by which a clock was reckoned.
  ///
  /// - Throws: ``Refusal`` `CALENDAR_MISSING` if it is not kept.
  func book(version: Int64) throws -> Book {
    Book(version: version, calendar: try calendar(version: version))
  }

  /// The calendar that held at an instant.
  ///
  /// After a downtime, entries are applied when calendars that came later are known already.
  ///
  /// - Parameter instant: When; nil for the present of the call.
  /// - Returns: The calendar, and the one that has replaced it.
  /// - Throws: ``Refusal`` `CALENDAR_MISSING` if none was published.
  func book(at instant: Instant? = nil) throws -> Book {
    let instant = instant ?? call.now
    let newest = try snapshot.newestCalendar(hall: call.hall)
    guard let newest else { throw Refusal.calendarMissing }
    if newest.since <= instant { return try book(version: newest.version) }
    let held = try snapshot.calendar(at: instant, hall: call.hall)
    guard let held else { throw Refusal.calendarMissing }
    var book = try book(version: held.version)
    book.next = try snapshot.calendar(after: held.version, by: newest.since, hall: call.hall)
    return book
  }

  /// The special procedures of a case.
  func ledger(of number: String) throws -> SuspensionLedger {
    SuspensionLedger(
      try snapshot.suspensions(of: number, hall: call.hall).map { row in
        Suspension(
          // A kind that this version does not know only changes how a day is explained.
          procedure: SpecialProcedure(CommonV1.SpecialProcedureKind(rawValue: row.kind))
            ?? .meeting,
          stop: row.stop,
          planned: row.planned,
          resume: row.resume,
          stopsLegal: row.stopsLegal,
          stopsPromise: row.stopsPromise
        )
      }
    )
  }

  /// How a clock stands, by the calendar of a book.
  func standing(
    of clock: ClockRow,
    legal: TermClock?,
    ledger: SuspensionLedger,
    book: Book
  ) -> Standing {
    Standing(
      clock.watched,
      clock: clock.clock,
      legal: legal,
      ledger: ledger,
      calendar: book.calendar,
      in: call.legalTime
    )
  }
}

extension ClockRow {
  /// Takes over what is derived.
  mutating func take(_ standing: Standing, on today: Day) {
    due = standing.due
    yellowOn = standing.yellowOn
    lateOn = standing.lateOn
    pausedFrom = standing.pausedFrom
    plannedEnd = standing.plannedEnd
    isProvisional = standing.isProvisional
    light = light(on: today)
  }

  /// The light on a day; of a closed clock on the day on which it was closed.
  func light(on today: Day) -> Lamp {
    Lamp.of(
      watched,
      yellowOn: yellowOn,
      due: due,
      lateOn: lateOn,
      pausedFrom: pausedFrom,
      plannedEnd: plannedEnd,
      on: min(today, closedOn ?? today)
    )
  }
}
