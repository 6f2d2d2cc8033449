import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Approval

@Suite struct `Certificates and deliveries` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    try hall.accept()
    try hall.finishTasks()
  }

  @Test func `IssueCertificate numbers within letters and year`() throws {
    try hall.decide()
    let certificate = try hall.issue(key: "k")
    let number = CertificateNumber(prefix: "鲁卫公证", year: 2026, sequence: 1)
    #expect(certificate.number == number.description)
    #expect(certificate.name == "公共场所卫生许可证")
    #expect(certificate.issuedOn == "2026-09-14" && certificate.validUntil == "2030-09-13")
    #expect(try hall.issue(key: "k") == certificate)
    #expect(try hall.theCase().state == .certified)
    #expect(try reason { try hall.issue() } == "WRONG_STATE")
    let other = "37021220260914021000025"
    try hall.accept(other)
    try hall.finishTasks(of: other)
    try hall.decide(of: other)
    let second = CertificateNumber(prefix: "鲁卫公证", year: 2026, sequence: 2)
    #expect(try hall.issue(other).number == second.description)
    #expect(try hall.room.published(ApprovalV1.CertificateIssued.self).count == 2)
  }

  @Test func `IssueCertificate is for what was granted and yields one`() throws {
    #expect(try reason { try hall.issue() } == "WRONG_STATE")
    #expect(try reason { try hall.issue("none") } == "NOT_FOUND")
    try hall.decide()
    #expect(try reason { try hall.issue(expecting: 1) } == "STALE_REVISION")
    let immediate = "37021220260914021000033"
    try hall.accept(immediate, item: "X2")
    try hall.opine("handle", as: .handler, of: immediate)
    try hall.decide(of: immediate)
    #expect(try reason { try hall.issue(immediate) } == "NO_CERTIFICATE")
    #expect(try hall.deliver(of: immediate).method == .electronic)
  }

  @Test func `A13 a collector at a window shows the applicant's number`() throws {
    try hall.decide()
    #expect(try reason { try hall.deliver() } == "CERTIFICATE_MISSING")
    try hall.issue()
    #expect(try violations { try hall.deliver(.window) } == ["collector_id_suffix REQUIRED"])
    #expect(try reason { try hall.deliver(.window, suffix: "1234") } == "COLLECTOR_MISMATCH")
    #expect(
      try reason { try hall.deliver(.window, suffix: "002X", expecting: 1) } == "STALE_REVISION"
    )
    let delivery = try hall.deliver(.window, suffix: "002x", key: "k")
    #expect(delivery.deliveredBy == "desk-a" && delivery.method == .window)
    #expect(try hall.deliver(.window, suffix: "002x", key: "k") == delivery)
    #expect(try hall.theCase().state == .delivered)
    #expect(try reason { try hall.deliver() } == "WRONG_STATE")
    #expect(try hall.room.published(ApprovalV1.ResultDelivered.self).count == 1)
  }

  @Test func `an express needs its tracking number, and a denial is delivered too`() throws {
    try hall.decide(false, reasons: "不符", remedies: "复议")
    #expect(try violations { try hall.deliver(.express) } == ["tracking_number REQUIRED"])
    #expect(try hall.deliver(.express, tracking: "SF1").trackingNumber == "SF1")
  }

  @Test func `A3 certificate and delivery need a holder of the desk's post`() throws {
    try hall.decide()
    let stranger = Identity.official(.certificateDesk, "desk-c", post: "Z01")
    let postless = Identity.official(.certificateDesk, "desk-a")
    let deputy = Identity.official(.certificateDesk, "desk-b", post: "Z01")
    for identity in [stranger, postless] {
      #expect(try reason { try hall.issue(as: identity) } == "NOT_POST_HOLDER")
    }
    try hall.issue(as: deputy)
    for identity in [stranger, postless] {
      #expect(try reason { try hall.deliver(as: identity) } == "NOT_POST_HOLDER")
    }
    #expect(try hall.deliver(as: deputy).deliveredBy == "desk-b")
  }

  @Test func `A4 the applicant's side hands nothing over to itself`() throws {
    try hall.decide()
    try hall.room.offer(
      CatalogueV1.PostPublished(
        post: Hall.post("Z01", "099", .certificateDesk, "desk-a", "applicant-1")
      ),
      subject: "Z01",
      from: "catalogue"
    )
    let applicant = Identity.official(.certificateDesk, "applicant-1", post: "Z01")
    #expect(try reason { try hall.issue(as: applicant) } == "APPLICANT_SIDE")
    try hall.issue()
    #expect(try reason { try hall.deliver(as: applicant) } == "APPLICANT_SIDE")
    #expect(try hall.deliver().deliveredBy == "desk-a")
  }

  @Test func `without the applicant's data a collector cannot be checked`() throws {
    let number = "37021220260914021000025"
    try hall.room.offer(
      hall.acceptance(number, item: "X2"),
      subject: number,
      from: "intake"
    )
    try hall.opine("handle", as: .handler, of: number)
    try hall.decide(of: number)
    let refused = try reason { try hall.deliver(.window, suffix: "002X", of: number) }
    #expect(refused == "COLLECTOR_UNKNOWN")
    #expect(try hall.deliver(.electronic, of: number).method == .electronic)
  }

  @Test func `no personal datum stands in the clear in the store or the feed`() throws {
    try hall.decide()
    try hall.issue()
    try hall.deliver(.window, suffix: "002X")
    for entry in try hall.room.feed() {
      let text = String(decoding: entry.content.payload, as: UTF8.self)
      #expect(!text.contains("11010519491231002X") && !text.contains("张三"))
    }
    let sealed = try hall.room.engine.store.read { snapshot in
      try snapshot.first("SELECT personal FROM approval_case") { $0.blob(0) }
    }
    let bytes = String(decoding: try #require(sealed), as: UTF8.self)
    #expect(!bytes.contains("张三") && !bytes.contains("11010519491231002X"))
  }

  @Test func `GetTimeline tells the whole story in order`() throws {
    try hall.decide()
    try hall.issue()
    try hall.deliver()
    let types = try hall.timeline().map(\.type)
    #expect(types.first == "CaseOpened")
    #expect(
      types.suffix(4) == [
        "CaseReadyForDecision", "CaseDecided", "CertificateIssued", "ResultDelivered",
      ]
    )
    #expect(try hall.timeline().last?.postCode == "Z01")
    #expect(try hall.timeline().allSatisfy { !$0.textZh.isEmpty && !$0.textEn.isEmpty })
    let request = ApprovalV1.GetTimelineRequest(number: "none")
    let unknown = try reason {
      try hall.room.call(Hall.Approval.getTimeline, request, as: .manager)
    }
    #expect(unknown == "NOT_FOUND")
  }
}
