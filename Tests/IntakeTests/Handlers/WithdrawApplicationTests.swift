import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct WithdrawApplicationTests {
  /// docs/rules/intake.md, rule I13.
  @Test func `it is taken back before acceptance, and its five days are void`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    #expect(hall.reason { try hall.withdraw(number, as: Hall.stranger) } == "NOT_FOUND")
    #expect(try hall.withdraw(number).state == .withdrawn)
    hall.room.advance(toDay: "2026-09-22")
    #expect(try hall.application(number).state == .withdrawn)
    let told = try hall.room.published(IntakeV1.ApplicationWithdrawn.self)
    #expect(told.map(\.afterAcceptance) == [false])
    #expect(hall.reason { try hall.withdraw(number) } == "WRONG_STATE")
  }

  /// docs/rules/intake.md, rule I13.
  @Test func `after acceptance approval is told that it had the case`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.accept(number)
    try hall.withdraw(number, as: Hall.clerk)
    let told = try hall.room.published(IntakeV1.ApplicationWithdrawn.self)
    #expect(told.map(\.afterAcceptance) == [true])
  }
}
