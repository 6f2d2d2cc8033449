import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Tasks` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    try hall.accept()
  }

  @Test func `Claim takes a task of one's post, and a repeat changes nothing`() throws {
    let task = try hall.claim("handle", as: .handler, key: "k")
    #expect(task.state == .claimed && task.claimedBy == "handler-a" && task.onBehalfOf.isEmpty)
    #expect(try hall.claim("handle", as: .handler, key: "k") == task)
    #expect(try hall.claim("handle", as: .handler) == task)
    #expect(try hall.room.published(ApprovalV1.TaskClaimed.self).count == 1)
  }

  @Test func `A3 a B acts for the A and the record says so`() throws {
    let task = try hall.claim("handle", as: .handlerB)
    #expect(task.claimedBy == "handler-b" && task.onBehalfOf == "handler-a")
    let entry = try #require(try hall.room.feed().last { $0.content.type == "TaskClaimed" })
    #expect(entry.content.actor == "handler-b" && entry.content.onBehalfOf == "handler-a")
    #expect(entry.content.post == "H01")
    #expect(try hall.timeline().last?.onBehalfOf == "handler-a")
  }

  @Test func `Claim refuses who does not hold the post`() throws {
    let stranger = Identity.official(.handler, "stranger", post: "H01")
    let postless = Identity.official(.handler, "handler-a")
    #expect(try reason { try hall.claim("handle", as: stranger) } == "NOT_POST_HOLDER")
    #expect(try reason { try hall.claim("handle", as: postless) } == "NOT_POST_HOLDER")
    #expect(try reason { try hall.claim("handle", as: .fire) } == "NOT_POST_HOLDER")
    #expect(try reason { try hall.claim("handle", as: .chief) } == "NOT_POST_HOLDER")
    #expect(try reason { try hall.claim("handle", as: .desk) } == "WRONG_ROLE")
  }

  @Test func `tasks in posts of chiefs and leaders are done by their holders`() throws {
    var item = Hall.immediate
    item.code = "X4"
    item.stages = [
      CatalogueV1.Stage(
        code: "S1",
        name: "办理",
        tasks: [
          Hall.plan("handle", "021", "C01", .handle, 1),
          Hall.plan("review", "021", "L01", .review, 1),
          Hall.plan("consult", "021", "L01", .consult, 1),
        ]
      )
    ]
    try hall.publish(item)
    let number = "37021220260914021000025"
    try hall.accept(number, item: "X4")
    let leader = Identity.official(.leader, "leader-a", post: "L01")
    try hall.claim("handle", as: .chief, of: number)
    try hall.opine("handle", as: .chief, of: number)
    try hall.opine("review", as: leader, of: number)
    try hall.answer("consult", as: leader, of: number)
    #expect(try hall.theCase(number).state == .deciding)
  }

  @Test func `Claim refuses what another holder has, until that one has left the post`() throws {
    try hall.claim("handle", as: .handler)
    #expect(try reason { try hall.claim("handle", as: .handlerB) } == "ALREADY_CLAIMED")
    #expect(try reason { try hall.opine("handle", as: .handlerB) } == "ALREADY_CLAIMED")
    try hall.room.offer(
      CatalogueV1.PostPublished(post: Hall.post("H01", "021", .handler, "new", "handler-b")),
      subject: "H01",
      from: "catalogue"
    )
    #expect(try hall.claim("handle", as: .handlerB).claimedBy == "handler-b")
    #expect(try reason { try hall.opine("handle", as: .handler) } == "ALREADY_CLAIMED")
  }

  @Test func `stale revisions and unknown tasks are refused`() throws {
    #expect(
      try reason { try hall.claim("handle", as: .handler, expecting: 9) } == "STALE_REVISION"
    )
    #expect(
      try reason { try hall.opine("handle", as: .handler, expecting: 9) } == "STALE_REVISION"
    )
    let request = ApprovalV1.ClaimRequest(taskId: "none")
    let unknown = try reason {
      try hall.room.call(Hall.Approval.claim, request, as: .handler)
    }
    #expect(unknown == "NOT_FOUND")
  }

  @Test func `A4 neither the acceptor nor the applicant handles`() throws {
    let number = "37021220260914021000025"
    try hall.accept(number, by: "handler-b")
    #expect(
      try reason { try hall.claim("handle", as: .handlerB, of: number) }
        == "SAME_PERSON_ACCEPTED"
    )
    try hall.room.offer(
      CatalogueV1.PostPublished(
        post: Hall.post("H01", "021", .handler, "handler-a", "applicant-1")
      ),
      subject: "H01",
      from: "catalogue"
    )
    let applicant = Identity.official(.handler, "applicant-1", post: "H01")
    #expect(try reason { try hall.claim("handle", as: applicant) } == "APPLICANT_SIDE")
    #expect(try reason { try hall.opine("handle", as: applicant) } == "APPLICANT_SIDE")
  }

  @Test func `A4 an owner whose subject has a slash has no part in the case`() throws {
    let number = "37021220260914021000025"
    var part = Hall.applicant
    part.owner = "/qd/li"
    try hall.room.offer(hall.acceptance(number), subject: number, from: "intake", personal: part)
    try hall.room.offer(
      CatalogueV1.PostPublished(post: Hall.post("H01", "021", .handler, "qd/li", "handler-b")),
      subject: "H01",
      from: "catalogue"
    )
    let owner = Identity.official(.handler, "qd/li", post: "H01")
    #expect(
      try reason { try hall.claim("handle", as: owner, of: number) } == "APPLICANT_SIDE"
    )
    #expect(
      try reason { try hall.opine("handle", as: owner, of: number) } == "APPLICANT_SIDE"
    )
    try hall.claim("handle", as: owner)
  }

  @Test func `RecordOpinion finishes a task and opens the next stage`() throws {
    let done = try hall.opine("handle", .agree, "符合条件", as: .handler, key: "k")
    #expect(done.state == .done && done.claimedBy == "handler-a" && done.opinion == "符合条件")
    #expect(done.doneAt?.instant == hall.room.clock.now)
    let found = try hall.theCase()
    #expect(found.stageCode == "S2")
    #expect(found.tasks.map(\.taskCode) == ["handle", "review", "consult", "licence"])
    #expect(found.tasks.map(\.dueOn) == ["2026-09-16", "2026-09-16", "2026-09-17", "2026-09-17"])
    let count = try hall.room.feed().count
    let request = ApprovalV1.RecordOpinionRequest(
      taskId: done.id,
      answer: .agree,
      opinion: "符合条件"
    )
    let repeated = try hall.room.call(
      Hall.Approval.recordOpinion,
      request,
      as: .handler,
      key: "k"
    )
    #expect(repeated.task == done)
    #expect(try hall.room.feed().count == count)
    #expect(try reason { try hall.opine("handle", as: .handler) } == "WRONG_STATE")
  }

  @Test func `A6 a disagreeing opinion needs words, and forwarding is no opinion`() throws {
    #expect(
      try reason { try hall.opine("handle", .disagree, "  ", as: .handler) } == "REASONS_REQUIRED"
    )
    #expect(
      try violations { try hall.opine("handle", .disagree, as: .handler) } == ["opinion REQUIRED"]
    )
    #expect(
      try violations { try hall.opine("handle", .forward, as: .handler) }
        == ["answer NOT_AN_OPINION"]
    )
    #expect(try violations { try hall.opine("handle", .unspecified, as: .handler) }.count == 1)
  }

  @Test func `A5 who handled does not review`() throws {
    try hall.opine("handle", as: .handler)
    let both = Identity.official(.reviewer, "handler-a", post: "R01")
    #expect(try reason { try hall.claim("review", as: both) } == "SAME_PERSON")
    #expect(try reason { try hall.opine("review", as: both) } == "SAME_PERSON")
    #expect(try hall.opine("review", as: .reviewer).state == .done)
  }

  @Test func `AnswerConsultation takes three answers, a disagreement only with reasons`() throws {
    try hall.opine("handle", as: .handler)
    #expect(
      try reason { try hall.answer("consult", .disagree, as: .fire) } == "REASONS_REQUIRED"
    )
    #expect(try reason { try hall.answer("consult", as: .water) } == "NOT_POST_HOLDER")
    #expect(
      try reason { try hall.answer("consult", as: .fire, expecting: 7) } == "STALE_REVISION"
    )
    let answered = try hall.answer("consult", .forward, as: .fire)
    #expect(answered.state == .done && answered.answer == .forward)
    let refused = try hall.answer("licence", .disagree, "不符合", as: .water)
    #expect(refused.answer == .disagree && refused.opinion == "不符合")
    #expect(try hall.room.published(ApprovalV1.TaskDone.self).count == 3)
  }

  @Test func `A6 opinions and answers are not taken for each other`() throws {
    #expect(try reason { try hall.answer("handle", as: .handler) } == "WRONG_NATURE")
    try hall.opine("handle", as: .handler)
    #expect(try reason { try hall.opine("consult", as: .fire) } == "WRONG_NATURE")
  }

  @Test func `when the last task is done the case waits for its decision`() throws {
    try hall.finishTasks()
    let found = try hall.theCase()
    #expect(found.state == .deciding && found.stageCode.isEmpty)
    #expect(try hall.room.published(ApprovalV1.CaseReadyForDecision.self).count == 1)
  }
}
