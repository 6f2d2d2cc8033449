import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `Following intake` {
  let hall: Hall

  init() throws { hall = try Hall() }

  @Test func `a valid admission opens the case and its first stage`() throws {
    try hall.accept()
    let found = try hall.theCase()
    #expect(found.state == .reviewing && found.stageCode == "S1")
    #expect(found.promiseDueOn == "2026-09-23" && found.legalDueOn == "2026-10-16")
    #expect(found.acceptedOn == "2026-09-14" && found.departmentCode == "021")
    #expect(found.tasks.map(\.taskCode) == ["handle"])
    #expect(found.tasks.first?.dueOn == "2026-09-16")
    #expect(try hall.room.published(ApprovalV1.CaseOpened.self).map(\.number) == [Hall.number])
    let opened = try hall.room.published(ApprovalV1.TaskOpened.self)
    #expect(opened.map(\.startedOn) == ["2026-09-14"])
    #expect(try hall.timeline().map(\.type) == ["CaseOpened", "TaskOpened"])
  }

  /// docs/rules/door.md, rule D2.
  @Test func `A10 an admission that was changed is rejected and the follower goes on`() throws {
    var event = try hall.acceptance()
    event.admission?.itemVersion = 2
    try hall.offer(event)
    try hall.offer(hall.acceptance(hall: "370202"))
    try hall.offer(hall.acceptance(), "37021220260914021000025")
    var bare = try hall.acceptance()
    bare.admission = nil
    try hall.offer(bare)
    let forged = try TestKeys.keyring("gateway").admission(
      number: Hall.number,
      hall: Room.hall,
      itemCode: "X1",
      itemVersion: 1,
      acceptedOn: "2026-09-14"
    )
    var byGateway = try hall.acceptance()
    byGateway.admission = forged
    try hall.offer(byGateway)
    #expect(try reason { _ = try hall.theCase() } == "NOT_FOUND")
    try hall.accept()
    try hall.accept()
    #expect(try hall.theCase().state == .reviewing)
    #expect(
      try hall.room.published(ApprovalV1.AdmissionRejected.self).map(\.reason) == [
        "BAD_SIGNATURE", "WRONG_HALL", "WRONG_NUMBER", "ADMISSION_MISSING", "BAD_SIGNATURE",
        "CASE_EXISTS",
      ]
    )
  }

  /// docs/rules/door.md, rule D2; docs/adr/0034-one-signature-for-a-batch-of-admissions.md.
  @Test func `of a batch under one signature a forged one is rejected, its neighbours open`() throws
  {
    let numbers = (0..<5).map { "3702122026091402100\($0)" }
    let unsigned = try numbers.map { try #require(try hall.acceptance($0).admission) }
    var admissions = try TestKeys.keyring("intake").admissions(unsigned)
    admissions[1].itemCode = "X2"
    admissions[3].path[40] ^= 1
    for (number, admission) in zip(numbers, admissions) {
      var event = try hall.acceptance(number)
      event.admission = admission
      try hall.offer(event, number)
    }
    #expect(
      try hall.room.published(ApprovalV1.CaseOpened.self).map(\.number)
        == [numbers[0], numbers[2], numbers[4]]
    )
    let rejected = try hall.room.published(ApprovalV1.AdmissionRejected.self)
    #expect(rejected.map(\.number) == [numbers[1], numbers[3]])
    #expect(rejected.map(\.reason) == ["BAD_SIGNATURE", "BAD_SIGNATURE"])
  }

  /// Stores and feeds have them from before there were trees.
  @Test func `an admission under a signature of its own opens its case as it did`() throws {
    var event = try hall.acceptance()
    var admission = try #require(event.admission)
    admission.alg = "ed25519"
    admission.treeSize = 0
    let fields = [
      admission.number, admission.hall, admission.itemCode, "\(admission.itemVersion)",
      admission.acceptedOn, "intake", "ed25519",
    ]
    var signed: [UInt8] = []
    for field in fields { signed += [0, 0, 0, UInt8(field.utf8.count)] + Array(field.utf8) }
    admission.signature = try TestKeys.keyring("intake").sign(signed)
    event.admission = admission
    try hall.offer(event)
    #expect(try hall.theCase().state == .reviewing)
    #expect(try hall.room.published(ApprovalV1.AdmissionRejected.self).isEmpty)
  }

  @Test func `the version is that of the admission, and without it the follower stops`() throws {
    try hall.offer(hall.acceptance(version: 9))
    #expect(try reason { _ = try hall.theCase() } == "NOT_FOUND")
    #expect(hall.room.engine.followers.contains { $0.upstream == "intake" && $0.isStopped })
    #expect(try hall.room.published(ApprovalV1.AdmissionRejected.self).isEmpty)
    try hall.publish(Hall.consultOnly, version: 2)
    var late = Hall.full
    late.name = "后来的名称"
    try hall.publish(late, version: 9)
    hall.room.advance(to: hall.room.clock.now.advanced(byMilliseconds: 60_000))
    #expect(try hall.theCase().itemName == "后来的名称")
  }

  @Test func `an acceptance waits until the catalogue it reflects has been seen`() throws {
    let seen = hall.room.engine.followers.first { $0.upstream == "catalogue" }?.applied ?? 0
    try hall.offer(hall.acceptance(version: 2), reflects: ["catalogue": seen + 1])
    #expect(try reason { _ = try hall.theCase() } == "NOT_FOUND")
    try hall.publish(Hall.full, version: 2)
    #expect(try hall.theCase().itemVersion == 2)
  }

  @Test func `a crash neither loses nor repeats a case`() throws {
    try hall.accept()
    let before = try hall.room.feed().count
    try hall.room.crash()
    #expect(try hall.theCase().state == .reviewing)
    #expect(try hall.room.feed().count == before)
  }

  @Test func `a withdrawal ends a running case and voids its tasks`() throws {
    try hall.accept()
    try hall.start(.expertReview, until: "2026-09-16")
    try withdraw(afterAcceptance: true)
    let ended = try hall.theCase()
    #expect(ended.state == .withdrawn && ended.stageCode.isEmpty)
    #expect(ended.tasks.map(\.state) == [.void])
    #expect(ended.specialProcedures.map(\.endedOn) == ["2026-09-14"])
    #expect(try hall.room.published(ApprovalV1.CaseWithdrawn.self).count == 1)
    #expect(try reason { try hall.opine("handle", as: .handler) } == "WRONG_STATE")
    #expect(try reason { try hall.decide() } == "WRONG_STATE")
  }

  @Test func `a withdrawal before acceptance or after the decision changes nothing`() throws {
    try hall.accept()
    try withdraw(afterAcceptance: false)
    #expect(try hall.theCase().state == .reviewing)
    try hall.finishTasks()
    try hall.decide()
    try withdraw(afterAcceptance: true)
    #expect(try hall.theCase().state == .granted)
    #expect(try hall.room.published(ApprovalV1.CaseWithdrawn.self).isEmpty)
  }

  private func withdraw(afterAcceptance: Bool) throws {
    try hall.room.offer(
      IntakeV1.ApplicationWithdrawn(number: Hall.number, afterAcceptance: afterAcceptance),
      subject: Hall.number,
      from: "intake"
    )
  }
}
