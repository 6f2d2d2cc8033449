internal import Kernel
internal import Messages
package import Service

extension Effects {
  /// Follows approval, so that those who track an application see the case's true state.
  ///
  /// What the table of states does not know is left out: it is about an application that went
  /// another way here, such as one taken back while approval opened its case.
  ///
  /// - Source: docs/rules/intake.md, rule I14
  package static let approvalOfIntake: Effects = {
    var effects = Effects(of: "approval")
    effects.on(ApprovalV1.CaseOpened.self) { event, _, writing in
      try writing.follow(event.number, .open) { _ in }
    }
    effects.on(ApprovalV1.SpecialProcedureStarted.self) { event, _, writing in
      let stops = event.procedure?.stopsClock ?? false
      try writing.follow(event.number, stops ? .suspend : nil) { row in
        try writing.keep(event.procedure, of: row)
        try writing.workOut(&row)
      }
    }
    effects.on(ApprovalV1.SpecialProcedureEnded.self) { event, _, writing in
      let stops = event.procedure?.stopsClock ?? false
      try writing.follow(event.number, stops ? .resume : nil) { row in
        try writing.keep(event.procedure, of: row)
        try writing.workOut(&row)
        // Approval's days hold, should its calendar be another one.
        row.promiseDue = Day(iso: event.promiseDueOn) ?? row.promiseDue
        row.legalDue = Day(iso: event.legalDueOn)
      }
    }
    effects.on(ApprovalV1.CaseDecided.self) { event, _, writing in
      try writing.follow(event.number, event.decision?.granted == true ? .grant : .deny) { row in
        let decided = event.decision?.decidedAt?.instant ?? writing.call.now
        row.decidedOn = writing.call.legalTime.day(of: decided)
      }
    }
    effects.on(ApprovalV1.CertificateIssued.self) { event, _, writing in
      try writing.follow(event.number, .certify) { row in
        row.certificateNumber = event.certificate?.number ?? ""
      }
    }
    effects.on(ApprovalV1.ResultDelivered.self) { event, _, writing in
      try writing.follow(event.number, .deliver) { _ in }
    }
    effects.on(ApprovalV1.CaseWithdrawn.self) { event, _, writing in
      try writing.follow(event.number, .withdraw) { _ in }
    }
    return effects
  }()
}

extension Writing {
  /// Goes on with an application as approval says; nothing happens if it cannot.
  ///
  /// Without an event a case in review stays there.
  fileprivate func follow(
    _ number: String,
    _ event: ApplicationEvent?,
    _ change: (inout ApplicationRow) throws -> Void
  ) throws {
    let found = try transaction.application(hall: call.hall, number: number)
    guard var row = found, let next = state(after: event, from: row.state) else { return }
    row.state = next
    try change(&row)
    try transaction.update(&row)
  }

  private func state(
    after event: ApplicationEvent?,
    from state: ApplicationState
  ) -> ApplicationState? {
    guard let event else { return state == .reviewing ? state : nil }
    return Lifecycle.next(state, on: event)
  }

  /// Works the due days out again.
  fileprivate func workOut(_ row: inout ApplicationRow) throws {
    guard let accepted = row.acceptedOn else { return }
    row.set(try reading.clocks(of: row, acceptedOn: accepted))
  }

  /// Keeps a special procedure, from which the due days are worked out and explained.
  fileprivate func keep(
    _ procedure: ApprovalV1.SpecialProcedure?,
    of row: ApplicationRow
  ) throws {
    guard let procedure, let started = Day(iso: procedure.startedOn) else { return }
    try transaction.save(
      SuspensionRow(
        procedureID: procedure.id,
        kind: procedure.kind.rawValue,
        startedOn: started,
        plannedEndOn: Day(iso: procedure.plannedEndOn),
        endedOn: Day(iso: procedure.endedOn),
        stopsLegal: procedure.stopsLegal,
        stopsPromise: procedure.stopsPromise
      ),
      of: row
    )
  }
}

extension ApprovalV1.SpecialProcedure {
  /// Whether a clock stands still during it; during others the review goes on.
  fileprivate var stopsClock: Bool { stopsLegal || stopsPromise }
}
