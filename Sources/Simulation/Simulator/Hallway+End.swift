internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import TestSupport

extension Hallway {
  /// How much was done, with the ends of the feeds.
  var finalTally: SimulationTally {
    var tally = tally
    for name in Self.names { tally.heads[name] = published(name).last?.hash }
    return tally
  }

  /// Checks what the rooms answer once everything is delivered.
  func checkTheEnd() throws {
    for number in auditor.intake.numbers {
      guard let matter = auditor.intake.matters[number] else { continue }
      guard CaseNumber(number)?.text == number else {
        throw Deviation("\(number) is no case number")
      }
      let request = IntakeV1.GetApplicationRequest(number: number)
      let answer = try ask(IntakeV1.IntakeService.getApplication, request, "intake")
      guard answer.application?.number == number else {
        throw Deviation("\(number) was acknowledged and is not there")
      }
      let isAccepted = matter.acceptedOn != nil
      guard (auditor.approval.cases[number] != nil) == isAccepted else {
        throw Deviation("\(number) accepted=\(isAccepted), and approval has it otherwise")
      }
    }
    for number in auditor.approval.numbers { try checkCase(number) }
    for number in auditor.intake.numbers { try checkClocks(number) }
  }

  /// Lets each room verify its store: what the rooms wrote by themselves is sound at any instant.
  func verifyStores() throws {
    for name in Self.names {
      guard let fault = room(name).verify().first else { continue }
      throw Deviation("\(name) does not verify: \(fault)")
    }
  }

  private func checkCase(_ number: String) throws {
    guard let file = auditor.approval.cases[number] else { return }
    let request = ApprovalV1.GetCaseRequest(number: number)
    let answer = try ask(ApprovalV1.ApprovalService.getCase, request, "approval")
    let live = file.tasks.filter(\.isLive).map(\.code)
    let found = answer.case?.tasks.filter { $0.state == .open || $0.state == .claimed } ?? []
    guard found.map(\.taskCode) == live else {
      throw Deviation("\(number) has other tasks than \(live) to be done")
    }
    // The days of a case that was taken back are nobody's concern.
    guard file.state != .withdrawn else { return }
    let clocks = file.clocks(asOf: LegalTime.beijing.day(of: clock.now))
    let due = [clocks.promiseDue, clocks.legalDue].map { $0?.description ?? "" }
    guard [answer.case?.promiseDueOn, answer.case?.legalDueOn] == due else {
      throw Deviation("\(number) is due otherwise than \(due)")
    }
  }

  /// The clocks of a case: which there are, which run, how often and to what day they were dated.
  private func checkClocks(_ number: String) throws {
    let request = MonitoringV1.GetClockRequest(caseNumber: number)
    let answer = try ask(MonitoringV1.MonitoringService.getClock, request, "monitoring")
    let found = answer.clocks.compactMap(\.clock).map { clock in
      let isPaused = clock.closedOn.isEmpty && [.grey, .yellow].contains(clock.light)
      return "\(clock.kind) \(clock.taskId) \(clock.dueRevision) open=\(clock.closedOn.isEmpty) "
        + (isPaused ? "" : clock.dueOn)
    }
    let known = auditor.monitoring.matters[number]?.clocks ?? []
    let expected = known.map { clock in
      let isPaused = clock.isOpen && clock.standing.isPaused
      return "\(clock.kind) \(clock.part) \(clock.revision) open=\(clock.isOpen) "
        + (isPaused ? "" : clock.standing.due.description)
    }
    guard found.sorted() == expected.sorted() else {
      throw Deviation("\(number) has the clocks \(found), predicted are \(expected)")
    }
  }

  private func ask<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ name: String
  ) throws -> Response {
    try room(name).call(method, request, as: Town.manager)
  }
}
