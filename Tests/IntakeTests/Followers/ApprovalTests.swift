import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct ApprovalTests {
  private func accepted(_ hall: Hall) throws -> IntakeV1.Receipt {
    let receipt = try hall.submit()
    try hall.accept(receipt.number)
    return receipt
  }

  private func tell(_ hall: Hall, _ payload: some Message, _ number: String) throws {
    try hall.room.offer(payload, subject: number, from: "approval")
  }

  private func review(_ ended: String = "", stops: Bool = true) -> ApprovalV1.SpecialProcedure {
    ApprovalV1.SpecialProcedure(
      id: "S1",
      kind: .expertReview,
      startedOn: "2026-09-16",
      plannedEndOn: "2026-09-18",
      endedOn: ended,
      stopsLegal: stops,
      stopsPromise: stops
    )
  }

  @Test func `the public sees a case through to its delivery`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    let number = receipt.number
    try tell(hall, ApprovalV1.CaseOpened(number: number), number)
    #expect(try hall.track(receipt).state == .reviewing)
    try tell(
      hall,
      ApprovalV1.CaseDecided(number: number, decision: ApprovalV1.Decision(granted: true)),
      number
    )
    #expect(try hall.track(receipt).due?.dueOn == "2026-09-28", "ten working days to deliver")
    try tell(
      hall,
      ApprovalV1.CertificateIssued(number: number, certificate: .init(number: "C-1")),
      number
    )
    #expect(try hall.track(receipt).certificateNumber == "C-1")
    try tell(hall, ApprovalV1.ResultDelivered(number: number), number)
    let end = try hall.track(receipt)
    #expect(end.state == .delivered && end.due == nil)
  }

  @Test func `a special procedure stops the clocks and moves the due days`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    let number = receipt.number
    try tell(hall, ApprovalV1.CaseOpened(number: number), number)
    hall.room.advance(toDay: "2026-09-16")
    try tell(
      hall,
      ApprovalV1.SpecialProcedureStarted(number: number, procedure: review()),
      number
    )
    #expect(try hall.track(receipt).state == .suspended)
    hall.room.advance(toDay: "2026-09-18")
    try tell(
      hall,
      ApprovalV1.SpecialProcedureEnded(
        number: number,
        procedure: review("2026-09-18"),
        promiseDueOn: "2026-09-28",
        legalDueOn: "2026-10-20"
      ),
      number
    )
    let tracked = try hall.track(receipt)
    #expect(tracked.state == .reviewing && tracked.due?.dueOn == "2026-09-28")
    #expect(try hall.application(number).legalDueOn == "2026-10-20")
  }

  @Test func `a procedure that stops no clock leaves the case in review`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    let number = receipt.number
    try tell(hall, ApprovalV1.CaseOpened(number: number), number)
    let due = try hall.application(number).promiseDueOn
    hall.room.advance(toDay: "2026-09-16")
    try tell(
      hall,
      ApprovalV1.SpecialProcedureStarted(number: number, procedure: review(stops: false)),
      number
    )
    #expect(try hall.track(receipt).state == .reviewing)
    #expect(try hall.application(number).promiseDueOn == due)
    try tell(
      hall,
      ApprovalV1.SpecialProcedureEnded(
        number: number,
        procedure: review("2026-09-16", stops: false),
        promiseDueOn: due,
        legalDueOn: "2026-10-19"
      ),
      number
    )
    #expect(try hall.track(receipt).state == .reviewing)
    #expect(try hall.application(number).promiseDueOn == due)
    try tell(
      hall,
      ApprovalV1.CaseDecided(number: number, decision: ApprovalV1.Decision(granted: true)),
      number
    )
    #expect(try hall.track(receipt).state == .granted)
  }

  @Test func `a denial ends with its delivery`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    try tell(hall, ApprovalV1.CaseOpened(number: receipt.number), receipt.number)
    try tell(hall, ApprovalV1.CaseDecided(number: receipt.number), receipt.number)
    #expect(try hall.track(receipt).state == .denied)
    try tell(hall, ApprovalV1.ResultDelivered(number: receipt.number), receipt.number)
    #expect(try hall.track(receipt).state == .delivered)
  }

  /// docs/rules/intake.md, rule I14.
  @Test func `what came too late or is about nothing here changes nothing`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    let number = receipt.number
    try hall.withdraw(number)
    try tell(hall, ApprovalV1.CaseOpened(number: number), number)
    try tell(hall, ApprovalV1.CaseWithdrawn(number: number), number)
    try tell(hall, ApprovalV1.CaseOpened(number: "NONE"), "NONE")
    #expect(try hall.track(receipt).state == .withdrawn)
    #expect(hall.room.engine.followers.allSatisfy { !$0.isStopped })
    try tell(hall, ApprovalV1.CaseDecided(number: number), number)
    #expect(try hall.track(receipt).state == .denied, "a decision taken before stands")
  }

  /// docs/rules/intake.md, rule I13.
  @Test func `a decided case cannot be taken back`() throws {
    let hall = try Hall()
    let number = try accepted(hall).number
    try tell(hall, ApprovalV1.CaseOpened(number: number), number)
    try tell(hall, ApprovalV1.CaseDecided(number: number), number)
    #expect(hall.reason { try hall.withdraw(number) } == "WRONG_STATE")
  }

  @Test func `an entry waits until its cause in the catalogue was seen`() throws {
    let hall = try Hall()
    let receipt = try accepted(hall)
    let seen = try #require(hall.room.engine.followers.first { $0.upstream == "catalogue" }).applied
    try hall.room.offer(
      ApprovalV1.CaseOpened(number: receipt.number),
      subject: receipt.number,
      from: "approval",
      reflects: ["catalogue": seen + 1]
    )
    #expect(try hall.track(receipt).state == .accepted)
    try hall.publish(Hall.version(2, effectiveOn: "2027-01-01"))
    #expect(try hall.track(receipt).state == .reviewing)
  }
}
