import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct ReceiveApplicationTests {
  @Test func `a walk-in gets number and receipt at once`() throws {
    let hall = try Hall()
    let receipt = try hall.walkIn()
    let application = try hall.application(receipt.number)
    #expect(application.state == .received && application.channel == .window)
    #expect(application.ticketId == "T1" && application.materials.first?.sha256 == "")
    let told = try #require(try hall.room.published(IntakeV1.ApplicationReceived.self).first)
    #expect(told.ticketId == "T1" && told.postCode == "P1" && told.receiptDueOn == "2026-09-20")
  }

  /// docs/rules/intake.md, rule I3.
  @Test func `receiving an online application never restarts its five days`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    hall.room.advance(toDay: "2026-09-16")
    let received = try hall.receive(receipt.number)
    #expect(received.receiptDueOn == "2026-09-20" && received.receivedAt == receipt.receivedAt)
    #expect(hall.reason { try hall.receive(receipt.number) } == "WRONG_STATE")
    hall.room.advance(toDay: "2026-09-21")
    #expect(try hall.application(receipt.number).acceptedOn == "2026-09-14")
  }

  @Test func `a number excludes item and applicant`() throws {
    let hall = try Hall()
    let request = IntakeV1.ReceiveApplicationRequest(
      number: try hall.submit().number,
      itemCode: "HYG",
      applicant: Hall.person
    )
    let violations = hall.violations {
      try hall.room.call(Hall.Calls.receiveApplication, request, as: Hall.clerk)
    }
    #expect(violations == ["applicant EXCLUDED", "item_code EXCLUDED"])
  }

  @Test func `a stale revision, an unknown number and an applicant are refused`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    #expect(hall.refusal { try hall.receive(number, revision: 9) }?.currentRevision == 1)
    #expect(hall.reason { try hall.receive("NONE") } == "NOT_FOUND")
    let request = IntakeV1.ReceiveApplicationRequest(number: number)
    #expect(
      hall.reason {
        try hall.room.call(Hall.Calls.receiveApplication, request, as: Hall.owner)
      } == "WRONG_ROLE"
    )
  }

  @Test func `what B does for A is recorded for A`() throws {
    let hall = try Hall()
    let request = IntakeV1.ReceiveApplicationRequest(number: try hall.submit().number)
    try hall.room.call(Hall.Calls.receiveApplication, request, as: Hall.deputy)
    let entry = try #require(try hall.room.feed().last)
    #expect(entry.content.actor == "clerk-b" && entry.content.onBehalfOf == "clerk-a")
  }
}
