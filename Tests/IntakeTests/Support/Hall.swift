import Kernel
import Law
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Intake

/// A room of intake with a catalogue, and short words for what tests do in it.
struct Hall {
  typealias Calls = IntakeV1.IntakeService

  let room: Room

  static let owner = Identity.applicant("zhang")
  static let stranger = Identity.applicant("li")
  static let clerk = Identity.official(.clerk, "clerk-a", post: "P1")
  static let deputy = Identity.official(.clerk, "clerk-b", post: "P1")
  static let chief = Identity.official(.chief, "chief-1", post: "P2")

  /// A hall at an instant of the day `YYYY-MM-DD`, 09:00.
  init(on day: String = "2026-09-14", with items: [CatalogueV1.ItemVersion] = [Self.item]) throws {
    let date = try #require(Day(iso: day))
    let opening = LegalTime.beijing.start(of: date).advanced(byMilliseconds: 9 * 3_600_000)
    room = try Room(.intake(region: "370212"), clock: ManualClock(startingAt: opening))
    try room.offer(Calendar2026.published, subject: "calendar", from: "catalogue")
    try room.offer(
      CatalogueV1.DepartmentPublished(
        department: CatalogueV1.Department(
          code: "017",
          name: "卫生局",
          nameEn: "Health Bureau",
          consultPhone: "0532-1",
          complaintPhone: "0532-2"
        )
      ),
      subject: "017",
      from: "catalogue"
    )
    try room.offer(
      CatalogueV1.PostPublished(
        post: CatalogueV1.Post(
          code: "P1",
          departmentCode: "017",
          role: .clerk,
          holderA: CatalogueV1.Holder(subject: "clerk-a", name: "甲"),
          holderB: CatalogueV1.Holder(subject: "clerk-b", name: "乙")
        )
      ),
      subject: "P1",
      from: "catalogue"
    )
    try publish(post: "P2", .chief, of: "017", heldBy: "chief-1", "chief-3")
    try publish(post: "P3", .chief, of: "018", heldBy: "chief-2")
    for item in items { try publish(item) }
  }

  func publish(
    post code: String,
    _ role: AccessV1.Role,
    of department: String,
    heldBy holderA: String,
    _ holderB: String? = nil
  ) throws {
    let post = CatalogueV1.Post(
      code: code,
      departmentCode: department,
      role: role,
      holderA: CatalogueV1.Holder(subject: holderA, name: "长"),
      holderB: holderB.map { CatalogueV1.Holder(subject: $0, name: "副") }
    )
    try room.offer(CatalogueV1.PostPublished(post: post), subject: code, from: "catalogue")
  }

  func publish(_ item: CatalogueV1.ItemVersion) throws {
    try room.offer(
      CatalogueV1.ItemPublished(item: item),
      subject: item.item?.code ?? "",
      from: "catalogue"
    )
  }

  /// 公共场所卫生许可（新办）: 20 wd by law, 8 wd promised, two materials.
  static var item: CatalogueV1.ItemVersion { version(1) }

  static func version(
    _ version: Int64,
    code: String = "HYG",
    effectiveOn: String = "2026-01-01",
    legal: CommonV1.Term? = CommonV1.Term(amount: 20, unit: .workingDay),
    start: CommonV1.StartEvent = .accepted,
    materials: [String] = ["M1", "M2"]
  ) -> CatalogueV1.ItemVersion {
    CatalogueV1.ItemVersion(
      item: CatalogueV1.Item(
        code: code,
        name: "公共场所卫生许可（新办）",
        departmentCode: "017",
        subjectTypes: ["1", "2"],
        legalLimit: legal,
        promise: CommonV1.Term(amount: 8, unit: .workingDay),
        startEvent: start,
        materials: materials.map {
          CatalogueV1.Material(code: $0, name: $0, necessity: "1", form: "3", source: "10")
        }
      ),
      version: version,
      effectiveOn: effectiveOn
    )
  }

  static var person: IntakeV1.Applicant {
    IntakeV1.Applicant(
      name: "张三",
      subjectType: "1",
      idType: "111",
      idNumber: "370200190001010011",
      phone: "13800001234"
    )
  }

  // MARK: - Acts

  /// Lets somebody have uploaded bytes, and answers the material.
  func upload(
    _ code: String,
    by identity: Identity = owner,
    seed: String = "bytes"
  ) throws -> IntakeV1.AttachedMaterial {
    let sha256 = Digest.hex(Digest.sha256(Array(seed.utf8)))
    let row = UploadRow(
      hall: Room.hall,
      owner: identity.onBehalfOf.isEmpty
        ? identity.subject : "\(identity.subject)/\(identity.onBehalfOf)",
      sha256: sha256,
      size: Int64(seed.utf8.count),
      mediaType: "application/pdf",
      uploadedAt: room.clock.now
    )
    try room.engine.store.write { try $0.save(row) }
    return IntakeV1.AttachedMaterial(
      materialCode: code,
      sha256: sha256,
      fileName: "张三.pdf",
      mediaType: "text/plain"
    )
  }

  @discardableResult
  func submit(
    _ item: String = "HYG",
    as identity: Identity = owner,
    materials: [IntakeV1.AttachedMaterial] = [],
    key: String? = nil
  ) throws -> IntakeV1.Receipt {
    let request = IntakeV1.SubmitApplicationRequest(
      itemCode: item,
      applicant: Self.person,
      materials: materials
    )
    let answer = try room.call(Calls.submitApplication, request, as: identity, key: key)
    return try #require(answer.receipt)
  }

  func walkIn() throws -> IntakeV1.Receipt {
    let request = IntakeV1.ReceiveApplicationRequest(
      itemCode: "HYG",
      applicant: Self.person,
      materials: [IntakeV1.AttachedMaterial(materialCode: "M1")],
      ticketId: "T1"
    )
    return try #require(try room.call(Calls.receiveApplication, request, as: Self.clerk).receipt)
  }

  @discardableResult
  func receive(
    _ number: String,
    as identity: Identity = clerk,
    revision: Int64? = nil
  ) throws -> IntakeV1.Receipt {
    let request = IntakeV1.ReceiveApplicationRequest(number: number, expectedRevision: revision)
    return try #require(try room.call(Calls.receiveApplication, request, as: identity).receipt)
  }

  @discardableResult
  func accept(
    _ number: String,
    as identity: Identity = clerk,
    revision: Int64? = nil
  ) throws -> IntakeV1.AcceptApplicationResponse {
    let request = IntakeV1.AcceptApplicationRequest(number: number, expectedRevision: revision)
    return try room.call(Calls.acceptApplication, request, as: identity)
  }

  @discardableResult
  func correct(
    _ number: String,
    gaps: [IntakeV1.Gap] = [IntakeV1.Gap(materialCode: "M2", demand: "补交检测报告")],
    as identity: Identity = clerk,
    revision: Int64? = nil
  ) throws -> IntakeV1.RequestCorrectionResponse {
    let request = IntakeV1.RequestCorrectionRequest(
      number: number,
      gaps: gaps,
      expectedRevision: revision
    )
    return try room.call(Calls.requestCorrection, request, as: identity)
  }

  @discardableResult
  func supply(
    _ number: String,
    _ materials: [IntakeV1.AttachedMaterial] = [],
    answered: [UInt32] = [],
    as identity: Identity = owner,
    revision: Int64? = nil
  ) throws -> IntakeV1.SupplyCorrectionResponse {
    let request = IntakeV1.SupplyCorrectionRequest(
      number: number,
      materials: materials,
      answeredGaps: answered,
      expectedRevision: revision
    )
    return try room.call(Calls.supplyCorrection, request, as: identity)
  }

  /// Attaches a file without a word about the notice.
  @discardableResult
  func attach(
    _ number: String,
    _ material: IntakeV1.AttachedMaterial,
    as identity: Identity = owner
  ) throws -> IntakeV1.Application {
    let request = IntakeV1.AttachMaterialRequest(number: number, material: material)
    return try #require(try room.call(Calls.attachMaterial, request, as: identity).application)
  }

  @discardableResult
  func refuse(_ number: String, as identity: Identity = clerk) throws -> String {
    let request = IntakeV1.RefuseAcceptanceRequest(
      number: number,
      reasons: "不属于本机关职权",
      competentAuthority: "市卫健委"
    )
    let answer = try room.call(Calls.refuseAcceptance, request, as: identity)
    return try #require(answer.countersignature).id
  }

  @discardableResult
  func withdraw(
    _ number: String,
    as identity: Identity = owner
  ) throws -> IntakeV1.Application {
    let request = IntakeV1.WithdrawApplicationRequest(number: number, reason: "不办了")
    return try #require(
      try room.call(Calls.withdrawApplication, request, as: identity).application
    )
  }

  func application(_ number: String, as identity: Identity = clerk) throws -> IntakeV1.Application {
    let request = IntakeV1.GetApplicationRequest(number: number)
    return try #require(try room.call(Calls.getApplication, request, as: identity).application)
  }

  func track(_ receipt: IntakeV1.Receipt) throws -> IntakeV1.TrackApplicationResponse {
    let request = IntakeV1.TrackApplicationRequest(
      number: receipt.number,
      queryCode: receipt.queryCode
    )
    return try room.call(Calls.trackApplication, request, as: .anybody)
  }

  func list(
    as identity: Identity,
    _ request: IntakeV1.ListApplicationsRequest = .init()
  ) throws -> IntakeV1.ListApplicationsResponse {
    try room.call(Calls.listApplications, request, as: identity)
  }

  /// The reason for which something is refused.
  func reason(_ body: () throws -> Void) -> String? {
    refusal(body)?.reason
  }

  func refusal(_ body: () throws -> Void) -> CommonV1.Refusal? {
    do {
      try body()
      return nil
    } catch let refused as Room.Refused {
      return refused.refusal
    } catch {
      Issue.record(error)
      return nil
    }
  }

  /// The violated fields with their reasons, sorted.
  func violations(_ body: () throws -> Void) -> [String] {
    (refusal(body)?.violations ?? []).map { "\($0.field) \($0.reason)" }.sorted()
  }
}
