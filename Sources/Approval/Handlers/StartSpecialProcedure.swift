internal import Kernel
internal import Law
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Begins a special procedure that the item lists with its legal basis.
  package func startSpecialProcedure(
    _ request: ApprovalV1.StartSpecialProcedureRequest,
    _ call: Writing
  ) throws -> ApprovalV1.StartSpecialProcedureResponse {
    if request.reason.isBlank { throw Refusal.invalid([.required("reason")]) }
    var row = try call.reading.theCase(request.number)
    guard row.state.isRunning else { throw ApprovalRefusal.caseState(row.number) }
    let earlier = try call.reading.procedures(of: row)
    guard earlier.allSatisfy({ $0.endedOn != nil }) else {
      throw ApprovalRefusal.procedureOpen(row.number)
    }
    try call.check(expected: request.expectedRevision, revision: row.revision, of: row.number)
    guard let acting = try call.reading.acting(for: row.departmentCode, [.handler, .chief]) else {
      throw ApprovalRefusal.wrongDepartment(row.number)
    }
    try call.reading.refuseConflict(.steer, on: row)
    let rule = try listing(request.kind, of: row, call)
    let planned = try plannedEnd(request, rule, call)
    var ledger = try SuspensionLedger(earlier)
    let suspension = try suspension(request.kind, rule, &ledger, planned, row, call)
    let procedure = ProcedureRow(
      id: call.call.nextIdentifier(),
      caseNumber: row.number,
      ordinal: Int64(earlier.count) + 1,
      kind: request.kind,
      basis: rule.basis,
      reason: request.reason,
      startedOn: call.call.today,
      plannedEndOn: planned,
      stopsLegal: suspension.stopsLegal,
      stopsPromise: suspension.stopsPromise,
      startedBy: call.call.pass.subject
    )
    try row.move(procedure.stopsClock ? .stop : .accompany)
    try call.transaction.insert(procedure, hall: call.call.hall)
    try call.redate(&row, for: procedure)
    try call.transaction.save(&row, hall: call.call.hall)
    let name = suspension.procedure.text
    try call.tell(
      ApprovalV1.SpecialProcedureStarted(number: row.number, procedure: procedure.message),
      of: row.number,
      by: acting,
      basis: rule.basis,
      (
        "启动特别程序：\(name.zh)，预计至\(planned)",
        "Special procedure begun: \(name.en), planned up to \(planned)"
      )
    )
    return ApprovalV1.StartSpecialProcedureResponse(
      procedure: procedure.message,
      case: try call.reading.message(of: row)
    )
  }

  /// What the item's version says about a procedure.
  private func listing(
    _ kind: CommonV1.SpecialProcedureKind,
    of row: CaseRow,
    _ call: Writing
  ) throws -> CatalogueV1.SpecialProcedureRule {
    let rules = try call.reading.theItem(of: row).specialProcedures
    guard let rule = rules.first(where: { $0.kind == kind }), !rule.basis.isBlank else {
      throw ApprovalRefusal.procedureNotListed(row.number)
    }
    return rule
  }

  private func plannedEnd(
    _ request: ApprovalV1.StartSpecialProcedureRequest,
    _ rule: CatalogueV1.SpecialProcedureRule,
    _ call: Writing
  ) throws -> Day {
    let planned = try ApprovalFault.kept(Day(iso: request.plannedEndOn))
    let fault = PlannedEnd.fault(
      of: planned,
      today: call.call.today,
      longest: Term(rule.longest),
      in: try call.reading.calendar()
    )
    guard let fault else { return planned }
    throw Refusal.invalid(
      field: "planned_end_on",
      reason: "OUT_OF_RANGE",
      zh: fault.text.zh,
      en: fault.text.en
    )
  }

  /// What the law makes of it: which clocks stand still.
  private func suspension(
    _ kind: CommonV1.SpecialProcedureKind,
    _ rule: CatalogueV1.SpecialProcedureRule,
    _ ledger: inout SuspensionLedger,
    _ planned: Day,
    _ row: CaseRow,
    _ call: Writing
  ) throws -> Suspension {
    guard let procedure = SpecialProcedure(kind) else {
      throw ApprovalRefusal.procedureNotListed(row.number)
    }
    do throws(SuspensionLedger.Refusal) {
      try ledger.start(
        procedure,
        listing: ProcedureListing(
          procedure,
          basis: rule.basis,
          stopsPromise: rule.stopsPromise
        ),
        on: call.call.today,
        planned: planned.advanced(byDays: 1)
      )
    } catch {
      switch error {
      case .notListed, .extensionStopsNothing:
        throw ApprovalRefusal.procedureNotListed(row.number)
      case .stillOpen, .overlaps, .plannedEndNotAfterStart, .nothingOpen, .endsBeforeItBegan:
        throw ApprovalRefusal.procedureOpen(row.number)
      }
    }
    return try ApprovalFault.kept(ledger.open)
  }
}
