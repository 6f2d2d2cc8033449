import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Special procedures` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    try hall.accept()
  }

  @Test func `one of article 45 stops both clocks, and its end moves the due days`() throws {
    hall.room.advance(toDay: "2026-09-16")
    let started = try hall.start(.expertReview, until: "2026-09-17", key: "k")
    #expect(started.procedure?.stopsLegal == true && started.procedure?.stopsPromise == true)
    #expect(started.procedure?.basis == "专家评审办法第3条")
    #expect(started.case?.state == .suspended)
    #expect(try hall.start(.expertReview, until: "2026-09-17", key: "k") == started)
    hall.room.advance(toDay: "2026-09-18")
    #expect(try hall.theCase().promiseDueOn == "2026-09-28")
    let ended = try hall.end(key: "e")
    #expect(ended.state == .reviewing)
    #expect(ended.promiseDueOn == "2026-09-28" && ended.legalDueOn == "2026-10-20")
    let event = try #require(try hall.room.published(ApprovalV1.SpecialProcedureEnded.self).last)
    #expect(event.promiseDueOn == "2026-09-28" && event.legalDueOn == "2026-10-20")
    #expect(event.procedure?.endedOn == "2026-09-18")
  }

  @Test func `vector 4: a site visit leaves both clocks and the state`() throws {
    let started = try hall.start(.siteVisit, until: "2026-09-16")
    #expect(started.case?.state == .reviewing && started.procedure?.stopsLegal == false)
    hall.room.advance(toDay: "2026-09-17")
    let ended = try hall.end()
    #expect(ended.promiseDueOn == "2026-09-23" && ended.legalDueOn == "2026-10-16")
  }

  @Test func `T11 one that the item lets stop the promise leaves the legal clock`() throws {
    hall.room.advance(toDay: "2026-09-15")
    let started = try hall.start(.rectification, until: "2026-09-16")
    #expect(started.case?.state == .suspended)
    hall.room.advance(toDay: "2026-09-17")
    let ended = try hall.end()
    #expect(ended.promiseDueOn == "2026-09-28" && ended.legalDueOn == "2026-10-16")
  }

  @Test func `T10 a pause after the due day heals no breach`() throws {
    hall.room.advance(toDay: "2026-09-24")
    try hall.start(.rectification, until: "2026-09-29")
    hall.room.advance(toDay: "2026-09-29")
    #expect(try hall.end().promiseDueOn == "2026-09-23")
  }

  @Test func `A8 only what the item lists with a basis, one at a time`() throws {
    #expect(try reason { try hall.start(.tender, until: "2026-09-16") } == "PROCEDURE_NOT_LISTED")
    #expect(try reason { try hall.start(.hearing, until: "2026-09-16") } == "PROCEDURE_NOT_LISTED")
    try hall.start(.siteVisit, until: "2026-09-16")
    #expect(try reason { try hall.start(.expertReview, until: "2026-09-16") } == "PROCEDURE_OPEN")
    let first = try hall.theCase().specialProcedures.first?.id
    try hall.end()
    #expect(try reason { try hall.end(first) } == "PROCEDURE_ENDED")
    #expect(try reason { try hall.end("none") } == "NOT_FOUND")
    try hall.start(.expertReview, until: "2026-09-16")
    #expect(try reason { try hall.start(.siteVisit, until: "2026-09-16") } == "PROCEDURE_OPEN")
  }

  @Test func `A8 the planned end lies neither before today nor beyond the longest time`() throws {
    let wrong = ["planned_end_on OUT_OF_RANGE"]
    #expect(try violations { try hall.start(.expertReview, until: "2026-09-13") } == wrong)
    #expect(try violations { try hall.start(.expertReview, until: "2026-09-21") } == wrong)
    #expect(try hall.start(.expertReview, until: "2026-09-20").case?.state == .suspended)
  }

  @Test func `A8 where the item names no longest time the planned end lies at most 3 years ahead`()
    throws
  {
    let wrong = ["planned_end_on OUT_OF_RANGE"]
    #expect(try violations { try hall.start(.siteVisit, until: "9999-12-31") } == wrong)
    #expect(try violations { try hall.start(.siteVisit, until: "2029-09-15") } == wrong)
    try hall.start(.siteVisit, until: "2029-09-14")
  }

  @Test func `a reason of blanks is none`() throws {
    let request = ApprovalV1.StartSpecialProcedureRequest(
      number: Hall.number,
      kind: .siteVisit,
      reason: " \u{3000}\n",
      plannedEndOn: "2026-09-16"
    )
    let wrong = try violations {
      try hall.room.call(Hall.Approval.startSpecialProcedure, request, as: .handler)
    }
    #expect(wrong == ["reason REQUIRED"])
  }

  @Test func `T12 while the clock stands still a task shows its due day as if it ran on today`()
    throws
  {
    hall.room.advance(toDay: "2026-09-15")
    try hall.start(.expertReview, until: "2026-09-18")
    hall.room.advance(toDay: "2026-09-18")
    // Two days from the 18th on, with the Sunday that is worked.
    let day = "2026-09-20"
    let list = ApprovalV1.ListTasksRequest(mine: true)
    let listed = try hall.room.call(Hall.Approval.listTasks, list, as: .handler).tasks
    #expect(listed.map(\.dueOn) == [day])
    #expect(try hall.task("handle").dueOn == day)
    #expect(try hall.claim("handle", as: .handler).dueOn == day)
    #expect(try hall.claim("handle", as: .handler).dueOn == day)
    #expect(try hall.opine("handle", as: .handler).dueOn == day)
    let claimed = try hall.room.published(ApprovalV1.TaskClaimed.self)
    #expect(claimed.map(\.task?.dueOn) == [day])
    let done = try hall.room.published(ApprovalV1.TaskDone.self)
    #expect(done.map(\.task?.dueOn) == [day])
    // What is done keeps the day that it had then.
    hall.room.advance(toDay: "2026-09-21")
    #expect(try hall.task("handle").dueOn == day)
    try hall.end()
    #expect(try hall.task("handle").dueOn == day)
    #expect(hall.room.verify() == [])
  }

  @Test func `only a handler or chief of the deciding department, at the revision seen`() throws {
    let day = "2026-09-16"
    #expect(
      try reason { try hall.start(.siteVisit, until: day, as: .fire) } == "WRONG_DEPARTMENT"
    )
    #expect(try reason { try hall.start(.siteVisit, until: day, as: .desk) } == "WRONG_ROLE")
    #expect(
      try reason { try hall.start(.siteVisit, until: day, expecting: 77) } == "STALE_REVISION"
    )
    try hall.start(.siteVisit, until: day, as: .chief)
    #expect(try reason { try hall.end(as: .fire) } == "WRONG_DEPARTMENT")
    #expect(try reason { try hall.end(expecting: 77) } == "STALE_REVISION")
  }

  @Test func `work goes on while a clock stands still, the decision waits`() throws {
    try hall.start(.expertReview, until: "2026-09-16")
    try hall.finishTasks()
    #expect(try hall.theCase().state == .suspended)
    #expect(try reason { try hall.decide() } == "WRONG_STATE")
    #expect(try hall.room.published(ApprovalV1.CaseReadyForDecision.self).isEmpty)
    #expect(try hall.end().state == .deciding)
    #expect(try hall.room.published(ApprovalV1.CaseReadyForDecision.self).count == 1)
    #expect(try hall.decide().state == .granted)
    #expect(try reason { try hall.start(.siteVisit, until: "2026-09-16") } == "WRONG_STATE")
  }

  @Test func `a case that waits for its decision may be stopped again`() throws {
    try hall.finishTasks()
    try hall.start(.siteVisit, until: "2026-09-16", as: .chief)
    #expect(try reason { try hall.decide() } == "PROCEDURE_OPEN")
    try hall.end()
    try hall.start(.expertReview, until: "2026-09-16")
    #expect(try hall.theCase().state == .suspended)
    #expect(try hall.end().state == .deciding)
  }
}
