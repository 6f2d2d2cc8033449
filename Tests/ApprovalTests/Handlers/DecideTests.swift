import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Decide` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    try hall.accept()
  }

  @Test func `grants, and the ten days for delivery run`() throws {
    try hall.finishTasks()
    let decided = try hall.decide(key: "k")
    #expect(decided.state == .granted && decided.decision?.granted == true)
    #expect(decided.decision?.decidedBy == "chief-a")
    #expect(decided.decision?.decidedAt?.instant == hall.room.clock.now)
    #expect(try hall.decide(key: "k") == decided)
    let event = try #require(try hall.room.published(ApprovalV1.CaseDecided.self).last)
    #expect(event.deliveryDueOn == "2026-09-28")
    #expect(try hall.room.published(ApprovalV1.CaseDecided.self).count == 1)
    #expect(try reason { try hall.decide() } == "WRONG_STATE")
  }

  @Test func `the leader decides too, and a B for the A`() throws {
    try hall.finishTasks()
    let decided = try hall.decide(as: .chiefB)
    #expect(decided.decision?.onBehalfOf == "chief-a")
    let other = "37021220260914021000025"
    try hall.accept(other)
    try hall.finishTasks(of: other)
    let leader = Identity.official(.leader, "leader-a", post: "L01")
    #expect(try hall.decide(of: other, as: leader).decision?.decidedBy == "leader-a")
  }

  @Test func `a denial names reasons and remedies, both at once if both are missing`() throws {
    try hall.finishTasks()
    #expect(try violations { try hall.decide(false) } == ["reasons REQUIRED", "remedies REQUIRED"])
    #expect(try violations { try hall.decide(false, reasons: "不符") } == ["remedies REQUIRED"])
    let denied = try hall.decide(false, reasons: "不符", remedies: "六十日内申请复议")
    #expect(denied.state == .denied && denied.decision?.remedies == "六十日内申请复议")
    #expect(try hall.room.published(ApprovalV1.CaseDecided.self).last?.deliveryDueOn == "")
  }

  @Test func `vector 7: who accepted does not decide, unless the item says so`() throws {
    let number = "37021220260914021000025"
    try hall.accept(number, by: "chief-a")
    try hall.finishTasks(of: number)
    #expect(try reason { try hall.decide(of: number) } == "SAME_PERSON_ACCEPTED")
    #expect(try hall.decide(of: number, as: .chiefB).state == .granted)
    let immediate = "37021220260914021000033"
    try hall.accept(immediate, item: "X2", by: "chief-a")
    try hall.opine("handle", as: .handler, of: immediate)
    #expect(try hall.decide(of: immediate).state == .granted)
  }

  @Test func `not before all tasks are done, not by another department, not unseen`() throws {
    #expect(try reason { try hall.decide() } == "WRONG_STATE")
    try hall.finishTasks()
    #expect(try reason { try hall.decide(as: .otherChief) } == "WRONG_DEPARTMENT")
    #expect(try reason { try hall.decide(expecting: 1) } == "STALE_REVISION")
    #expect(try reason { try hall.decide(as: .handler) } == "WRONG_ROLE")
    #expect(try reason { try hall.decide(of: "none") } == "NOT_FOUND")
  }

  @Test func `A9 a refused licence cannot be overruled, only denied`() throws {
    try hall.finishTasks(licence: .disagree)
    #expect(try reason { try hall.decide(reasons: "仍予准予") } == "LICENCE_OPPOSED")
    #expect(try hall.decide(false, reasons: "不符", remedies: "复议").state == .denied)
  }

  @Test func `A9 a consulted department is overruled only with reasons`() throws {
    try hall.finishTasks(consult: .disagree)
    #expect(try reason { try hall.decide() } == "REASONS_REQUIRED")
    #expect(try hall.decide(reasons: "已整改").state == .granted)
  }

  @Test func `a disagreeing handler or reviewer does not end the case`() throws {
    try hall.opine("handle", .disagree, "材料存疑", as: .handler)
    try hall.opine("review", .disagree, "材料存疑", as: .reviewer)
    try hall.answer("consult", as: .fire)
    try hall.answer("licence", as: .water)
    #expect(try hall.theCase().state == .deciding)
    #expect(try hall.decide().state == .granted)
  }

  @Test func `vector 9: an overdue case is granted by no timer, but late by a person`() throws {
    try hall.finishTasks()
    hall.room.advance(toDay: "2027-01-04")
    #expect(try hall.theCase().state == .deciding)
    #expect(try hall.decide().state == .granted)
  }
}
