internal import Kernel
internal import Law
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Grants or denies a case: by a chief or leader of the deciding department, not by who accepted
  /// it, and never by a timer.
  ///
  /// Deciding late is allowed.
  package func decide(
    _ request: ApprovalV1.DecideRequest,
    _ call: Writing
  ) throws -> ApprovalV1.DecideResponse {
    try checkDenial(request)
    var row = try call.reading.theCase(request.number)
    try row.move(request.granted ? .grant : .deny)
    let procedures = try call.reading.procedures(of: row)
    guard procedures.allSatisfy({ $0.endedOn != nil }) else {
      throw ApprovalRefusal.procedureOpen(row.number)
    }
    try call.check(expected: request.expectedRevision, revision: row.revision, of: row.number)
    guard let acting = try call.reading.acting(for: row.departmentCode, [.chief, .leader]) else {
      throw ApprovalRefusal.wrongDepartment(row.number)
    }
    try call.reading.refuseConflict(.decide, on: row)
    if request.granted { try checkOpposition(request, row, call) }
    let decision = ApprovalV1.Decision(
      granted: request.granted,
      decidedBy: call.call.pass.subject,
      onBehalfOf: acting.onBehalfOf,
      decidedAt: GoogleProtobuf.Timestamp(call.call.now),
      reasons: request.reasons,
      remedies: request.remedies
    )
    try call.transaction.insert(
      decision,
      at: call.call.now,
      hall: call.call.hall,
      caseNumber: row.number
    )
    try call.transaction.save(&row, hall: call.call.hall)
    let deliveryDueOn = request.granted ? try deliveryDue(call).description : ""
    try call.tell(
      ApprovalV1.CaseDecided(
        number: row.number,
        decision: decision,
        deliveryDueOn: deliveryDueOn
      ),
      of: row.number,
      by: acting,
      request.granted
        ? ("准予，应于\(deliveryDueOn)前送达", "Granted; to be delivered by \(deliveryDueOn)")
        : ("不予", "Denied")
    )
    return ApprovalV1.DecideResponse(case: try call.reading.message(of: row))
  }

  /// A denial names its reasons and the remedies; what is missing is said at once.
  ///
  /// - Source: docs/rules/approval.md, rule A9 (Administrative Licensing Law 38)
  private func checkDenial(_ request: ApprovalV1.DecideRequest) throws {
    guard !request.granted else { return }
    var violations: [Violation] = []
    if request.reasons.isBlank { violations.append(.required("reasons")) }
    if request.remedies.isBlank { violations.append(.required("remedies")) }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
  }

  private func checkOpposition(
    _ request: ApprovalV1.DecideRequest,
    _ row: CaseRow,
    _ call: Writing
  ) throws {
    let answers = try call.reading.tasks(of: row).map { ($0.nature, $0.answer) }
    switch Opposition.of(answers) {
    case .licence: throw ApprovalRefusal.licenceOpposed(row.number)
    case .consultation where request.reasons.isBlank:
      throw ApprovalRefusal.reasonsRequired(field: "reasons")
    case .consultation, nil: return
    }
  }

  /// The last day for certificate and delivery.
  ///
  /// - Source: docs/rules/terms.md, rule T24 (Administrative Licensing Law 44)
  private func deliveryDue(_ call: Writing) throws -> Day {
    let clock = TermClock(start: call.call.today, term: .delivery)
    return clock.reckoned(in: try call.reading.calendar(), asOf: call.call.today).due
  }
}
