import Intake
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct CalendarTests {
  /// 2026 as an ordinary year without holidays.
  private let plain = CatalogueV1.CalendarRevision(
    name: "2026-plain",
    decrees: [CatalogueV1.Decree(title: "test")],
    years: [2026]
  )

  /// Publishes the days of 2026 and what revises them.
  private func publish(
    _ more: [CatalogueV1.CalendarRevision],
    version: Int64,
    in hall: Hall
  ) throws {
    var published = Calendar2026.published
    published.file?.revisions += more
    published.version = version
    try hall.room.offer(published, subject: "calendar", from: "catalogue")
  }

  private func row(_ number: String, in hall: Hall) throws -> ApplicationRow {
    let found = try hall.room.engine.store.read {
      try $0.application(hall: Room.hall, number: number)
    }
    return try #require(found)
  }

  /// docs/rules/terms.md, rules T21 and T22.
  @Test func `a new calendar moves the five days and the silence that accepts`() throws {
    let hall = try Hall(on: "2026-09-14")
    let receipt = try hall.submit()
    let number = receipt.number
    #expect(try hall.application(number).receiptDueOn == "2026-09-20", "a Sunday that is worked")
    try publish([plain], version: 2, in: hall)
    #expect(try hall.application(number).receiptDueOn == "2026-09-21")
    #expect(try hall.track(receipt).due?.dueOn == "2026-09-21")
    hall.room.advance(toDay: "2026-09-21")
    #expect(try hall.application(number).state == .submitted, "the first timer is stale")
    hall.room.advance(toDay: "2026-09-22")
    let application = try hall.application(number)
    #expect(application.state == .accepted && application.deemedAccepted)
    #expect(application.acceptedOn == "2026-09-14")
  }

  /// docs/rules/terms.md, rule T21.
  @Test func `nothing is over in retrospect, and what is over does not come back`() throws {
    let hall = try Hall(on: "2026-09-14")
    let receipt = try hall.submit()
    try publish([plain], version: 2, in: hall)
    hall.room.advance(toDay: "2026-09-21")
    var again = try #require(Calendar2026.published.file?.revisions.first)
    again.name = "2026-again"
    try publish([plain, again], version: 3, in: hall)
    #expect(try hall.application(receipt.number).receiptDueOn == "2026-09-21")
    #expect(try hall.track(receipt).due?.dueOn == "2026-09-21")
    hall.room.advance(toDay: "2026-09-22")
    #expect(try hall.application(receipt.number).state == .accepted)
    try publish([plain, again, plain], version: 4, in: hall)
    #expect(try hall.application(receipt.number).state == .accepted)
    #expect(try hall.room.published(IntakeV1.ApplicationAccepted.self).count == 1)
  }

  /// docs/rules/terms.md, rules T21 and T23.
  @Test func `the day of an open notice moves with its rolled end`() throws {
    let hall = try Hall(on: "2026-09-03")
    let number = try hall.submit().number
    try hall.correct(number)
    #expect(try row(number, in: hall).answerBy == Day(iso: "2026-10-08"))
    try publish([plain], version: 2, in: hall)
    #expect(try row(number, in: hall).answerBy == Day(iso: "2026-10-05"))
    hall.room.advance(toDay: "2026-10-05")
    #expect(try hall.application(number).state == .correction)
    hall.room.advance(toDay: "2026-10-06")
    #expect(try hall.application(number).state == .returned)
  }
}
