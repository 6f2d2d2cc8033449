import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct DeemedAcceptanceTests {
  /// docs/rules/intake.md, rule I3.
  @Test func `silence accepts at 24 o'clock of the fifth day, as of the day of receipt`() throws {
    let hall = try Hall(on: "2026-04-29")
    let number = try hall.walkIn().number
    hall.room.advance(toDay: "2026-05-09")
    #expect(try hall.application(number).state == .received, "Saturday 05-09 is worked")
    hall.room.advance(toDay: "2026-05-10")
    let application = try hall.application(number)
    #expect(application.state == .accepted && application.deemedAccepted)
    #expect(application.acceptedOn == "2026-04-29")
    #expect(application.promiseDueOn == "2026-05-13" && application.legalDueOn == "2026-05-29")
    let told = try #require(try hall.room.published(IntakeV1.ApplicationAccepted.self).first)
    #expect(told.deemed && told.acceptedBy == "system")
    #expect(told.admission.map { (try? TestKeys.keyring("approval"))?.isValid($0) } == true)
  }

  /// docs/adr/0034-one-signature-for-a-batch-of-admissions.md.
  @Test func `those whom silence accepts in one batch share a signature`() throws {
    let hall = try Hall(on: "2026-04-29")
    let numbers = try (0..<3).map { _ in try hall.walkIn().number }
    hall.room.advance(toDay: "2026-05-10")
    let admissions = try hall.room.published(IntakeV1.ApplicationAccepted.self)
      .compactMap(\.admission)
    #expect(Set(admissions.map(\.number)) == Set(numbers))
    #expect(admissions.map(\.leafIndex) == [0, 1, 2])
    #expect(Set(admissions.map(\.signature)).count == 1)
    let keyring = try TestKeys.keyring("approval")
    #expect(admissions.allSatisfy { $0.treeSize == 3 && keyring.isValid($0) })
  }

  /// docs/rules/intake.md, rule I3.
  @Test func `found out late, it is the same acceptance, and there is one`() throws {
    let hall = try Hall(on: "2026-04-29")
    let number = try hall.submit().number
    try hall.room.crash()
    hall.room.advance(toDay: "2026-06-01")
    hall.room.settle()
    try hall.room.crash()
    hall.room.settle()
    let told = try hall.room.published(IntakeV1.ApplicationAccepted.self)
    #expect(told.map(\.admission?.acceptedOn) == ["2026-04-29"])
    #expect(told.map(\.promiseDueOn) == ["2026-05-13"])
    #expect(try hall.application(number).deemedAccepted)
  }

  /// docs/rules/intake.md, rule I3.
  @Test func `what a clerk does at the last instant counts, what comes after is too late`() throws {
    let hall = try Hall()
    let (first, second) = (try hall.submit().number, try hall.submit().number)
    hall.room.advance(toDay: "2026-09-20")
    try hall.accept(first)
    #expect(try !hall.application(first).deemedAccepted)
    hall.room.advance(toDay: "2026-09-21")
    #expect(hall.reason { try hall.correct(second) } == "WRONG_STATE")
    #expect(
      try hall.room.published(IntakeV1.ApplicationAccepted.self).map(\.deemed) == [false, true]
    )
  }
}
