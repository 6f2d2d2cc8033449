internal import Kernel
internal import Law
internal import Messages
package import Service
internal import Storage

extension Effects {
  /// Follows the catalogue as all do; a new calendar moves the terms that run before acceptance.
  package static let catalogueOfIntake: Effects = {
    var effects = Effects.catalogue
    effects.on(CatalogueV1.CalendarPublished.self) { event, _, writing in
      let reading = writing.reading
      let isFirst = try reading.reference(CatalogueV1.CalendarFile.self, "") == nil
      let old = isFirst ? nil : try reading.calendar()
      try writing.keep(event.file, id: "", version: event.version)
      guard let old else { return }
      try writing.redateApplications(from: old, to: try reading.calendar())
    }
    return effects
  }()
}

extension Writing {
  /// How many applications are read at once.
  private static let page = 200

  /// Moves the five days and the days of correction notices for a new calendar.
  ///
  /// - Source: docs/rules/terms.md, rules T21 and T22
  fileprivate func redateApplications(from old: WorkCalendar, to new: WorkCalendar) throws {
    guard old != new else { return }
    for state in [ApplicationState.submitted, .received, .correction] {
      var filter = ApplicationFilter(hall: call.hall, limit: Self.page)
      filter.state = state
      while true {
        let rows = try transaction.applications(filter)
        for row in rows { try redate(row, from: old, to: new) }
        guard rows.count == Self.page, let end = rows.last else { break }
        filter.before = end.id
      }
    }
  }

  private func redate(
    _ row: ApplicationRow,
    from old: WorkCalendar,
    to new: WorkCalendar
  ) throws {
    // Either the applicant has an open notice to answer, or the hall its five days.
    let isNoticed = row.state == .correction && !row.isCorrected
    let term: Term = isNoticed ? .correction : .receipt
    // A term that is over has had its effect, even if its timer has yet to fire.
    guard let start = isNoticed ? row.notifiedOn : row.receiptStart,
      let due = isNoticed ? row.answerBy : row.receiptDue,
      call.now < call.legalTime.end(of: due)
    else { return }
    let plain = TermClock(start: start, term: term)
    // A day later than the one reckoned was held by an earlier calendar.
    let isHeld = due > plain.reckoned(in: old, asOf: call.today).due
    let clock = isHeld ? TermClock(start: start, term: term, heldUntil: due) : plain
    let record = clock.redated(from: old, to: new, today: call.today, isClosed: false)
    guard let record, record.newDue != due else { return }
    var moved = row
    if isNoticed { moved.answerBy = record.newDue } else { moved.receiptDue = record.newDue }
    moved.stamp += 1
    try setTimer(
      isNoticed ? IntakeTimer.correctionExpiry : IntakeTimer.deemedAcceptance,
      subject: moved.number,
      stamp: moved.stamp,
      due: call.legalTime.end(of: record.newDue)
    )
    try transaction.update(&moved)
  }
}
