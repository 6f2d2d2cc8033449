internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// The calendar by which clocks are reckoned, with its version.
struct Book {
  let version: Int64
  let calendar: WorkCalendar
}

extension Reading {
  /// The calendar as it is now, or in the version by which a clock was reckoned.
  ///
  /// - Throws: ``Refusal`` `CALENDAR_MISSING` if none was published.
  func book(version: Int64? = nil) throws -> Book {
    let known = try version ?? snapshot.calendarInForce(hall: call.hall)?.version
    guard let known else { throw Refusal.calendarMissing }
    return Book(version: known, calendar: try calendar(version: known))
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
