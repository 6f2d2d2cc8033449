package import Kernel
internal import Law
internal import Messages
package import Service

// Acceptance, by a clerk or by silence: one act, so that both start the same clocks.

extension Reading {
  /// The clocks of an application that was accepted, as they are now.
  package func clocks(of row: ApplicationRow, acceptedOn accepted: Day) throws -> CaseClocks {
    try clocks(
      of: row,
      acceptedOn: accepted,
      suspensions: try snapshot.suspensions(of: row.id).compactMap(\.suspension),
      in: try calendar(),
      asOf: call.today
    )
  }

  /// The clocks of an application that was accepted, by some calendar and as of some day.
  func clocks(
    of row: ApplicationRow,
    acceptedOn accepted: Day,
    suspensions: [Suspension],
    in calendar: WorkCalendar,
    asOf today: Day
  ) throws -> CaseClocks {
    let item = try keptItem(of: row)
    return CaseClocks(
      accepted: accepted,
      received: row.receivedAt.map { call.legalTime.day(of: $0) } ?? accepted,
      completed: row.completedOn,
      legal: Term(item?.published.item?.legalLimit),
      startEvent: StartEvent(item?.published.item?.startEvent ?? .unspecified),
      promise: Term(item?.published.item?.promise),
      suspensions: suspensions,
      calendar: calendar,
      asOf: today
    )
  }
}

extension Writing {
  /// Accepts an application: state, clocks, due days, the void of what is open, the admission.
  ///
  /// - Parameters:
  ///   - row: The application; saved as accepted.
  ///   - event: Whether a clerk accepts or silence does.
  ///   - day: The day of acceptance.
  /// - Returns: The clocks.
  /// - Throws: ``IntakeRefusal/wrongState(_:_:)``.
  /// - Source: docs/rules/intake.md, rules I3, I6 and I8
  @discardableResult
  package func accept(
    _ row: inout ApplicationRow,
    on event: ApplicationEvent,
    day: Day
  ) throws -> CaseClocks {
    try row.go(on: event)
    let clocks = try reading.clocks(of: row, acceptedOn: day)
    row.acceptedOn = day
    row.acceptedBy = call.pass.subject
    row.isDeemed = event == .deem
    row.set(clocks)
    row.stamp += 1
    try transaction.update(&row)
    try transaction.voidCountersignatures(of: row.id, by: call.pass.subject, at: call.now)
    try publishAccepted(row, clocks)
    return clocks
  }

  private func publishAccepted(_ row: ApplicationRow, _ clocks: CaseClocks) throws {
    let item = try reading.keptItem(of: row)
    let accepted = IntakeV1.ApplicationAccepted(
      departmentCode: row.departmentCode,
      deemed: row.isDeemed,
      legalStartOn: clocks.legalStart.description,
      legalLimit: item?.published.item?.legalLimit,
      promise: item?.published.item?.promise,
      legalDueOn: row.legalDue?.description ?? "",
      promiseDueOn: row.promiseDue?.description ?? "",
      acceptedBy: row.acceptedBy,
      receivedAt: row.receivedAt.map { GoogleProtobuf.Timestamp($0) },
      channel: row.channel.message,
      ticketId: row.ticketID,
      // A file's name may hold a person's, and this part of the entry is never erased.
      materials: try transaction.materials(of: row.id).map { material in
        var message = material.message
        message.fileName = ""
        return message
      }
    )
    try publish(
      IntakeV1.Admission(
        number: row.number,
        hall: row.hall,
        itemCode: row.itemCode,
        itemVersion: row.itemVersion,
        acceptedOn: row.acceptedOn?.description ?? ""
      ),
      subject: row.number,
      personal: try personalPart(of: row),
      basis: row.isDeemed ? "I3" : "I8",
      onBehalfOf: try reading.standsInFor()
    ) { admission in
      var accepted = accepted
      accepted.admission = admission
      return accepted
    }
  }
}

extension ApplicationRow {
  /// Keeps the due days of the clocks.
  package mutating func set(_ clocks: CaseClocks) {
    promiseDue = clocks.clocks.promiseDue
    legalDue = clocks.clocks.legalDue
    isProvisional = clocks.clocks.isProvisional
  }
}

extension SuspensionRow {
  /// The procedure as the law knows it; nil if its kind is unknown.
  var suspension: Suspension? {
    SpecialProcedure(CommonV1.SpecialProcedureKind(rawValue: kind)).map { procedure in
      Suspension(
        procedure: procedure,
        stop: startedOn,
        planned: plannedEndOn,
        resume: endedOn,
        stopsLegal: stopsLegal,
        stopsPromise: stopsPromise
      )
    }
  }
}
