import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Following the calendar` {
  let hall: Hall

  init() throws { hall = try Hall() }

  /// A decree that makes 2026 an ordinary year without its holidays.
  private let plain = CatalogueV1.CalendarRevision(
    name: "2026-plain",
    decrees: [CatalogueV1.Decree(title: "test")],
    years: [2026]
  )

  @Test func `T21 a new calendar moves running cases and tasks but no closed ones`() throws {
    try hall.accept()
    try hall.accept("37021220260914021000025", item: "X2")
    try hall.opine("handle", as: .handler, of: "37021220260914021000025")
    try hall.decide(of: "37021220260914021000025")
    try hall.publishCalendar(and: [plain], version: 2)
    let moved = try hall.theCase()
    // Without the working Sunday 09-20 the eighth day falls a day later, without the holidays
    // of October the twentieth four days earlier.
    #expect(moved.promiseDueOn == "2026-09-24" && moved.legalDueOn == "2026-10-12")
    #expect(try hall.timeline().last?.type == "CalendarPublished")
    #expect(try hall.theCase("37021220260914021000025").promiseDueOn == "2026-09-23")
  }

  @Test func `T21 the silence of a consulted department is timed anew`() throws {
    hall.room.advance(toDay: "2026-09-23")
    try hall.accept(item: "X3")
    #expect(try hall.task("consult").dueOn == "2026-09-29")
    try hall.publishCalendar(and: [plain], version: 2)
    #expect(try hall.task("consult").dueOn == "2026-09-28")
    hall.room.advance(toDay: "2026-09-28")
    #expect(try hall.task("consult").state == .open)
    hall.room.advance(toDay: "2026-09-29")
    #expect(try hall.task("consult").state == .tacit)
    hall.room.advance(toDay: "2026-10-01")
    #expect(try hall.room.published(ApprovalV1.ConsentPresumed.self).count == 1)
  }

  @Test func `T26 silence is timed anew when only the working day behind the term moves`() throws {
    hall.room.advance(toDay: "2026-10-13")
    try hall.accept(item: "X3")
    var longer = Hall.autumn
    longer.name = "2026-b"
    longer.days.append(CatalogueV1.CalendarDay(date: "2026-10-19", kind: .off, occasion: "临时"))
    try hall.publishCalendar(and: [longer], version: 2)
    #expect(try hall.task("consult").dueOn == "2026-10-16")
    hall.room.advance(toDay: "2026-10-19")
    #expect(try hall.task("consult").state == .open)
    hall.room.advance(toDay: "2026-10-20")
    #expect(try hall.task("consult").state == .tacit)
  }

  @Test func `the revision of a case rises when a calendar changes only its tasks`() throws {
    try hall.accept(item: "X3")
    let before = try hall.theCase()
    #expect(before.tasks.map(\.dueOn) == ["2026-09-17", "2026-09-17"])
    var swapped = Hall.autumn
    swapped.name = "2026-b"
    swapped.days += [
      CatalogueV1.CalendarDay(date: "2026-09-18", kind: .off, occasion: "临时"),
      CatalogueV1.CalendarDay(date: "2026-09-19", kind: .work, occasion: "临时"),
    ]
    try hall.publishCalendar(and: [swapped], version: 2)
    let after = try hall.theCase()
    #expect(after.promiseDueOn == before.promiseDueOn && after.legalDueOn == before.legalDueOn)
    // Silence becomes consent a day later, though the due day stays.
    #expect(after.tasks.map(\.revision) == [2, 1])
    #expect(after.revision == before.revision + 1)
    #expect(try hall.timeline().last?.type != "CalendarPublished")
  }

  @Test func `a calendar that does not touch a case that stands still leaves no record`() throws {
    try hall.accept()
    hall.room.advance(toDay: "2026-09-15")
    try hall.start(.expertReview, until: "2026-09-21")
    hall.room.advance(toDay: "2026-09-18")
    let before = try hall.theCase()
    var longer = Hall.autumn
    longer.name = "2026-b"
    longer.days.append(CatalogueV1.CalendarDay(date: "2026-12-25", kind: .off, occasion: "临时"))
    try hall.publishCalendar(and: [longer], version: 2)
    #expect(try hall.theCase() == before)
    #expect(try hall.timeline().allSatisfy { $0.type != "CalendarPublished" })
    // One that does is recorded, with the days as they are now.
    longer.name = "2026-c"
    longer.days.append(CatalogueV1.CalendarDay(date: "2026-09-22", kind: .off, occasion: "临时"))
    try hall.publishCalendar(and: [longer], version: 3)
    let moved = try hall.theCase()
    #expect(moved.promiseDueOn > before.promiseDueOn && moved.revision == before.revision + 1)
    let last = try #require(try hall.timeline().last)
    #expect(last.type == "CalendarPublished" && last.textEn.contains(moved.promiseDueOn))
  }
}
