import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Tacit consent` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    hall.room.advance(toDay: "2026-09-23")
    try hall.accept(item: "X3")
  }

  @Test func `vector 8: three days of silence from 09-23 are consent on 09-30, never a licence`()
    throws
  {
    #expect(try hall.task("consult").dueOn == "2026-09-29")
    hall.room.advance(toDay: "2026-09-29")
    #expect(try hall.task("consult").state == .open)
    hall.room.advance(toDay: "2026-09-30")
    let task = try hall.task("consult")
    #expect(task.state == .tacit && task.answer == .agree)
    #expect(task.doneAt?.instant == hall.room.clock.now)
    #expect(try hall.task("licence").state == .open)
    #expect(try hall.theCase().state == .reviewing)
    let feed = try hall.room.feed().filter { $0.content.type == "ConsentPresumed" }
    #expect(feed.map(\.content.actor) == ["system"] && feed.map(\.content.basis) == ["T26"])
    hall.room.advance(toDay: "2026-12-01")
    #expect(try hall.task("licence").state == .open)
    #expect(try hall.room.published(ApprovalV1.ConsentPresumed.self).count == 1)
  }

  @Test func `a claimed consultation that stays silent is consent too, and cannot be answered`()
    throws
  {
    try hall.claim("consult", as: .fire)
    hall.room.advance(toDay: "2026-09-30")
    #expect(try hall.task("consult").state == .tacit)
    #expect(try hall.task("consult").claimedBy == "fire-a")
    let refused = try reason { try hall.answer("consult", .disagree, "迟了", as: .fire) }
    #expect(refused == "WRONG_STATE")
  }

  @Test func `an answer in time makes the timer stale`() throws {
    try hall.answer("consult", .disagree, "消防间距不足", as: .fire)
    hall.room.advance(toDay: "2026-10-20")
    #expect(try hall.task("consult").state == .done)
    #expect(try hall.room.published(ApprovalV1.ConsentPresumed.self).isEmpty)
  }

  @Test func `A7 a pause of the promise moves the term of a consultation`() throws {
    hall.room.advance(toDay: "2026-09-24")
    try hall.start(.expertReview, until: "2026-09-29", as: .chief)
    hall.room.advance(toDay: "2026-10-09")
    #expect(try hall.task("consult").state == .open)
    let ended = try hall.end(as: .chief)
    // Stopped: 09-24, 28, 29, 30 and 10-08. Day 1 is the day of resumption.
    #expect(ended.tasks.first?.dueOn == "2026-10-12")
    hall.room.advance(toDay: "2026-10-12")
    #expect(try hall.task("consult").state == .open)
    hall.room.advance(toDay: "2026-10-13")
    #expect(try hall.task("consult").state == .tacit)
  }

  @Test func `A7 a procedure that stops no promise moves no term`() throws {
    hall.room.advance(toDay: "2026-09-24")
    try hall.start(.siteVisit, until: "2026-09-29", as: .chief)
    hall.room.advance(toDay: "2026-09-30")
    #expect(try hall.task("consult").state == .tacit)
  }

  @Test func `T26 a term that ends on a Friday is silent on the Monday, not on the Saturday`()
    throws
  {
    let number = "37021220260914021000025"
    hall.room.advance(toDay: "2026-10-13")
    try hall.accept(number, item: "X3")
    #expect(try hall.task("consult", of: number).dueOn == "2026-10-16")
    hall.room.advance(toDay: "2026-10-18")
    #expect(try hall.task("consult", of: number).state == .open)
    hall.room.advance(toDay: "2026-10-19")
    #expect(try hall.task("consult", of: number).state == .tacit)
  }

  @Test func `T10 a pause that begins after the due day does not hold the silence up`() throws {
    let second = try Hall()
    second.room.advance(toDay: "2026-10-13")
    try second.accept(item: "X3")
    second.room.advance(toDay: "2026-10-17")
    try second.start(.expertReview, until: "2026-10-21", as: .chief)
    second.room.advance(toDay: "2026-10-19")
    #expect(try second.task("consult").state == .tacit)
    #expect(try second.theCase().state == .suspended)
  }

  @Test func `a task that opens while the promise stands still runs from its resumption`() throws {
    let second = try Hall()
    try second.accept()
    try second.start(.expertReview, until: "2026-09-17")
    try second.opine("handle", as: .handler)
    second.room.advance(toDay: "2026-09-21")
    #expect(try second.task("consult").state == .open)
    // Stopped: 09-15 to 09-18 and the working Sunday; 09-21 is the first day.
    #expect(try second.end().tasks.first { $0.taskCode == "consult" }?.dueOn == "2026-09-23")
    second.room.advance(toDay: "2026-09-24")
    #expect(try second.task("consult").state == .tacit)
  }

  @Test func `the last silence brings the case to its decision`() throws {
    try hall.answer("licence", as: .water)
    hall.room.advance(toDay: "2026-09-30")
    #expect(try hall.theCase().state == .deciding)
    #expect(try hall.room.published(ApprovalV1.CaseReadyForDecision.self).count == 1)
  }
}
