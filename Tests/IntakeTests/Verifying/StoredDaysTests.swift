import Kernel
import Messages
import Service
import Simulation
import Storage
import Testing

@testable import Intake

@Suite struct `Verifying intake` {
  private let plain = CatalogueV1.CalendarRevision(
    name: "2026-plain",
    decrees: [CatalogueV1.Decree(title: "test")],
    years: [2026]
  )

  private func publishAnotherCalendar(in hall: Hall) throws {
    var published = Calendar2026.published
    published.file?.revisions.append(plain)
    published.version = 2
    try hall.room.offer(published, subject: "calendar", from: "catalogue")
  }

  private func pause(_ number: String, ended: String = "", in hall: Hall) throws {
    let procedure = ApprovalV1.SpecialProcedure(
      id: "S1",
      kind: .expertReview,
      startedOn: "2026-09-16",
      plannedEndOn: "2026-09-18",
      endedOn: ended,
      stopsLegal: true,
      stopsPromise: true
    )
    if ended.isEmpty {
      let event = ApprovalV1.SpecialProcedureStarted(number: number, procedure: procedure)
      try hall.room.offer(event, subject: number, from: "approval")
    } else {
      let days = try hall.room.engine.store.read {
        try $0.application(hall: Room.hall, number: number)
      }
      let event = ApprovalV1.SpecialProcedureEnded(
        number: number,
        procedure: procedure,
        promiseDueOn: "2026-09-29",
        legalDueOn: days?.legalDue?.advanced(byDays: 1).description ?? ""
      )
      try hall.room.offer(event, subject: number, from: "approval")
    }
  }

  @Test func `what intake wrote itself is sound`() throws {
    let hall = try Hall()
    try hall.submit(key: "draft")
    let corrected = try hall.submit(key: "corrected").number
    try hall.receive(corrected)
    try hall.correct(corrected)
    let accepted = try hall.submit(key: "accepted").number
    try hall.accept(accepted)
    #expect(hall.room.verify() == [])
    try hall.room.offer(
      ApprovalV1.CaseOpened(number: accepted),
      subject: accepted,
      from: "approval"
    )
    hall.room.advance(toDay: "2026-09-16")
    try pause(accepted, in: hall)
    hall.room.advance(toDay: "2026-09-17")
    #expect(hall.room.verify() == [])
    try publishAnotherCalendar(in: hall)
    #expect(hall.room.verify() == [])
  }

  @Test(
    arguments: [
      "receipt_due = receipt_due + 1", "promise_due = promise_due - 1", "legal_due = legal_due + 3",
      "promise_due = NULL",
    ]
  )
  func `a due day that was changed is found`(change: String) throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.accept(number)
    try hall.room.tamper("UPDATE application SET \(change)")
    let faults = hall.room.verify()
    #expect(faults.count == 1)
    #expect(faults.first?.what == .dueDay)
    #expect(faults.first?.subject == "\(number) \(change.prefix { $0 != " " })")
  }

  @Test func `the answer day of a notice is worked out too`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.receive(number)
    try hall.correct(number)
    try hall.room.tamper("UPDATE application SET answer_by = answer_by + 1")
    #expect(hall.room.verify().map(\.subject) == ["\(number) answer_by"])
  }

  @Test func `an applicant whose number has another hash, or that cannot be opened, is found`()
    throws
  {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.room.tamper("UPDATE application SET id_hash = x'00'")
    #expect(hall.room.verify().map(\.subject) == ["\(number) id_hash"])
    try hall.room.tamper("UPDATE application SET applicant = x'0102'")
    #expect(hall.room.verify().map(\.what) == [.seal])
  }

  @Test func `an answer under a key that cannot be opened is found`() throws {
    let hall = try Hall()
    try hall.submit()
    try hall.room.tamper("UPDATE idempotency SET response = x'0100'")
    #expect(
      hall.room.verify().map(\.subject) == [
        "answer to /onedoor.intake.v1.IntakeService/SubmitApplication"
      ]
    )
  }

  @Test(
    arguments: [
      (PageQueries.applications, 2), (PageQueries.uploads, 4), (PageQueries.upload, 3),
      (PageQueries.attached, 3), (PageQueries.number, 1),
    ]
  )
  func `pages go by an index`(sql: String, arguments: Int) throws {
    let hall = try Hall()
    let values = Array(repeating: Value.integer(1), count: arguments)
    let plan = try hall.room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN \(sql)", values) { $0.text(3) }
    }
    for line in plan {
      // Owners of one file in one hall are sorted; they are few.
      #expect(line.hasPrefix("SEARCH") || line.contains("PART OF ORDER BY"), "\(line)")
    }
  }
}
