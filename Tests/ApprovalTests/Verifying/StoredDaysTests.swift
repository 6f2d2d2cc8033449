import Kernel
import Messages
import Service
import Simulation
import Storage
import Testing

@testable import Approval

@Suite struct `Verifying approval` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    try hall.accept()
  }

  private let plain = CatalogueV1.CalendarRevision(
    name: "2026-plain",
    decrees: [CatalogueV1.Decree(title: "test")],
    years: [2026]
  )

  @Test func `what approval wrote itself is sound, in a pause, after it and after a calendar`()
    throws
  {
    #expect(hall.room.verify() == [])
    hall.room.advance(toDay: "2026-09-16")
    try hall.start(.expertReview, until: "2026-09-17")
    hall.room.advance(toDay: "2026-09-17")
    #expect(hall.room.verify() == [])
    hall.room.advance(toDay: "2026-09-18")
    try hall.end()
    #expect(hall.room.verify() == [])
    try hall.publishCalendar(and: [plain], version: 2)
    #expect(hall.room.verify() == [])
  }

  @Test func `what was closed before a pause or a calendar keeps its day and is sound`() throws {
    try hall.opine("handle", as: .handler)
    hall.room.advance(toDay: "2026-09-15")
    try hall.start(.expertReview, until: "2026-09-17")
    hall.room.advance(toDay: "2026-09-17")
    try hall.room.offer(
      IntakeV1.ApplicationWithdrawn(number: Hall.number, afterAcceptance: true),
      subject: Hall.number,
      from: "intake"
    )
    try hall.publishCalendar(and: [plain], version: 2)
    #expect(hall.room.verify() == [])
  }

  @Test func `a due day that was changed is found, with both days`() throws {
    try hall.room.tamper("UPDATE approval_case SET promise_due_on = promise_due_on + 1")
    let fault = try #require(hall.room.verify().first)
    #expect(hall.room.verify().count == 1)
    #expect(fault.what == .dueDay && fault.subject == "\(Hall.number) promise_due_on")
    #expect(fault.stored == "2026-09-24" && fault.expected == "2026-09-23")
    try hall.room.tamper("UPDATE approval_case SET legal_due_on = NULL")
    #expect(hall.room.verify().map(\.stored) == ["-", "2026-09-24"])
  }

  @Test func `a task's due day that was changed is found, open or done`() throws {
    let task = try hall.task("handle")
    try hall.room.tamper("UPDATE task SET due_on = due_on - 1 WHERE id = ?", [.text(task.id)])
    let fault = try #require(hall.room.verify().first)
    #expect(fault.what == .dueDay && fault.subject.hasPrefix("task \(task.id) of"))
    #expect(fault.expected == task.dueOn)
    try hall.room.tamper("UPDATE task SET state = 3 WHERE id = ?", [.text(task.id)])
    #expect(hall.room.verify() == [fault])
  }

  @Test func `a sealed part that another key sealed is found`() throws {
    let other = try Seal(key: [UInt8](repeating: 9, count: 32))
      .seal([1, 2, 3], nonce: [UInt8](repeating: 1, count: 12))
    try hall.room.tamper("UPDATE approval_case SET personal = ?", [.blob(other)])
    #expect(hall.room.verify().map(\.what) == [.seal])
    #expect(hall.room.verify().first?.subject == "\(Hall.number) personal")
  }

  @Test func `a changed entry of the feed is one fault, with both hashes`() throws {
    try hall.room.tamper("UPDATE feed SET payload = x'00' WHERE position = 1")
    let faults = hall.room.verify()
    #expect(faults.count == 1)
    #expect(faults.first?.what == .chain && faults.first?.position == 1)
    #expect(faults.first?.stored != faults.first?.expected)
    #expect(faults.first?.stored.count == 64 && faults.first?.expected.count == 64)
  }

  @Test func `a row that needs what is not there is not silently left out`() throws {
    try hall.room.tamper("DELETE FROM reference WHERE kind = 'onedoor.catalogue.v1.CalendarFile'")
    try hall.room.crash()
    let faults = hall.room.verify()
    #expect(!faults.isEmpty && faults.allSatisfy { $0.what == .unchecked })
    #expect(faults.first?.stored == "CALENDAR_MISSING")
  }

  @Test(arguments: [PageQueries.cases, PageQueries.tasks])
  func `pages go by an index`(sql: String) throws {
    let plan = try hall.room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN \(sql)", [1, 1, 1]) { $0.text(3) }
    }
    #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
  }
}
