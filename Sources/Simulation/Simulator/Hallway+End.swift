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
  }

  private func checkCase(_ number: String) throws {
    guard let file = auditor.approval.cases[number], file.state != .withdrawn else { return }
    let request = ApprovalV1.GetCaseRequest(number: number)
    let answer = try ask(ApprovalV1.ApprovalService.getCase, request, "approval")
    let clocks = file.clocks(asOf: LegalTime.beijing.day(of: clock.now))
    let due = [clocks.promiseDue, clocks.legalDue].map { $0?.description ?? "" }
    guard let found = answer.case, [found.promiseDueOn, found.legalDueOn] == due else {
      throw Deviation("\(number) is due otherwise than \(due)")
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
