import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct CountersignTests {
  private func sign(_ hall: Hall, _ id: String, as identity: Identity = Hall.chief) throws {
    try hall.room.call(Hall.Calls.countersign, .init(id: id), as: identity)
  }

  private func decline(_ hall: Hall, _ id: String, as identity: Identity = Hall.chief) throws {
    let request = IntakeV1.RejectCountersignatureRequest(id: id, reason: "属于本机关")
    try hall.room.call(Hall.Calls.rejectCountersignature, request, as: identity)
  }

  private func waiting(
    _ hall: Hall,
    size: UInt32 = 0,
    token: String = ""
  ) throws -> IntakeV1.ListCountersignaturesResponse {
    let page = CommonV1.Page(size: size, token: token)
    return try hall.room.call(Hall.Calls.listCountersignatures, .init(page: page), as: Hall.chief)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `two persons refuse acceptance`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    let number = receipt.number
    let id = try hall.refuse(number)
    #expect(try hall.application(number).state == .submitted)
    #expect(try hall.application(number).refusal == nil)
    #expect(try waiting(hall).countersignatures.map(\.id) == [id])
    try sign(hall, id)
    #expect(try hall.application(number).state == .refused)
    let told = try #require(try hall.room.published(IntakeV1.ApplicationRefused.self).first)
    #expect(told.competentAuthority == "市卫健委")
    let notice = IntakeV1.RefusalNotice(
      reasons: told.reasons,
      competentAuthority: "市卫健委",
      refusedOn: "2026-09-14"
    )
    #expect(try hall.application(number).refusal == notice && !told.reasons.isEmpty)
    #expect(try hall.track(receipt).refusal == notice)
    #expect(try waiting(hall).countersignatures.isEmpty)
    hall.room.advance(toDay: "2026-09-22")
    #expect(try hall.application(number).state == .refused, "the five days are void")
    #expect(hall.reason { try sign(hall, id) } == "COUNTERSIGNATURE_CLOSED")
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `who asked may not sign`() throws {
    let hall = try Hall()
    let both = Identity("clerk-a", [.clerk, .chief])
    let id = try hall.refuse(hall.submit().number, as: both)
    #expect(hall.reason { try sign(hall, id, as: both) } == "SAME_PERSON")
    #expect(hall.reason { try decline(hall, id, as: both) } == "SAME_PERSON")
    try sign(hall, id)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `a chief representative of the item's own department signs`() throws {
    let hall = try Hall()
    let id = try hall.refuse(hall.submit().number)
    let other = Identity.official(.chief, "chief-2", post: "P3")
    #expect(hall.reason { try sign(hall, id, as: other) } == "WRONG_DEPARTMENT")
    #expect(hall.reason { try decline(hall, id, as: other) } == "WRONG_DEPARTMENT")
    // Nor does the post help who does not hold it.
    let stranger = Identity.official(.chief, "chief-2", post: "P2")
    #expect(hall.reason { try sign(hall, id, as: stranger) } == "WRONG_DEPARTMENT")
    try sign(hall, id)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `a post that is not a chief's makes nobody chief of its department`() throws {
    let hall = try Hall()
    try hall.publish(post: "P4", .certificateDesk, of: "017", heldBy: "chief-2")
    let id = try hall.refuse(hall.submit().number)
    let other = Identity("chief-2", [.chief, .certificateDesk], posts: ["P3", "P4"])
    #expect(hall.reason { try sign(hall, id, as: other) } == "WRONG_DEPARTMENT")
    #expect(hall.reason { try decline(hall, id, as: other) } == "WRONG_DEPARTMENT")
    try sign(hall, id)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `a refusal names the post in which it was signed, and for whom`() throws {
    let hall = try Hall()
    try hall.publish(post: "P3", .chief, of: "018", heldBy: "chief-2", "chief-3")
    let id = try hall.refuse(hall.submit().number)
    try sign(hall, id, as: Identity("chief-3", [.chief], posts: ["P3", "P2"]))
    let told = try #require(
      try hall.room.feed().last { $0.content.payloadType == IntakeV1.ApplicationRefused.fullName }
    )
    #expect(told.content.post == "P2" && told.content.onBehalfOf == "chief-1")
  }

  /// docs/rules/intake.md, rule I15.
  @Test func `nobody takes part in the hall's acts on an application of one's own`() throws {
    let hall = try Hall()
    for subject in ["clerk-a", "qd/clerk-a"] {
      let own = Identity.applicant(subject)
      let clerk = Identity.official(.clerk, subject, post: "P1")
      let number = try hall.submit(as: own).number
      #expect(hall.reason { try hall.receive(number, as: clerk) } == "APPLICANT_SIDE")
      #expect(hall.reason { try hall.correct(number, as: clerk) } == "APPLICANT_SIDE")
      #expect(hall.reason { try hall.accept(number, as: clerk) } == "APPLICANT_SIDE")
      #expect(hall.reason { try hall.refuse(number, as: clerk) } == "APPLICANT_SIDE")
    }
    let number = try hall.submit(as: .applicant("chief-1")).number
    let id = try hall.refuse(number)
    #expect(hall.reason { try sign(hall, id) } == "APPLICANT_SIDE")
    try hall.accept(number)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `receiving the application voids the request`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let id = try hall.refuse(number)
    try hall.receive(number)
    #expect(hall.reason { try sign(hall, id) } == "COUNTERSIGNATURE_CLOSED")
    #expect(try hall.application(number).state == .received)
  }

  @Test func `declined, the application stays and may be asked about again`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let id = try hall.refuse(number)
    #expect(hall.reason { try hall.refuse(number) } == "COUNTERSIGNATURE_PENDING")
    try decline(hall, id)
    #expect(try hall.application(number).state == .submitted)
    #expect(hall.reason { try decline(hall, id) } == "COUNTERSIGNATURE_CLOSED")
    try hall.refuse(number)
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `the five days go on meanwhile and make the request void`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let id = try hall.refuse(number)
    hall.room.advance(toDay: "2026-09-21")
    #expect(try hall.application(number).deemedAccepted)
    #expect(hall.reason { try sign(hall, id) } == "COUNTERSIGNATURE_CLOSED")
    #expect(hall.reason { try hall.refuse(number) } == "WRONG_STATE")
    #expect(hall.reason { try sign(hall, "NONE") } == "NOT_FOUND")
  }

  /// docs/rules/intake.md, rule I11.
  @Test func `a correction notice voids the request, and nothing is refused after it`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let id = try hall.refuse(number)
    try hall.correct(number)
    #expect(hall.reason { try sign(hall, id) } == "COUNTERSIGNATURE_CLOSED")
    #expect(try waiting(hall).countersignatures.isEmpty)
    #expect(hall.reason { try hall.refuse(number) } == "WRONG_STATE")
    try hall.supply(number, [hall.upload("M2")])
    #expect(hall.reason { try hall.refuse(number) } == "WRONG_STATE")
    #expect(try hall.application(number).state == .correction)
  }

  @Test func `what waits is paged, oldest first`() throws {
    let hall = try Hall()
    let ids = try (0..<3).map { _ in try hall.refuse(hall.submit().number) }
    let first = try waiting(hall, size: 2)
    #expect(first.countersignatures.map(\.id) == Array(ids.prefix(2)))
    let second = try waiting(hall, size: 2, token: first.nextPageToken)
    #expect(second.countersignatures.map(\.id) == [ids[2]] && second.nextPageToken.isEmpty)
    #expect(hall.reason { _ = try waiting(hall, token: "xx") } == "INVALID_FIELDS")
  }
}
