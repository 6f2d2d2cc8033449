import Intake
import Law
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct DraftTests {
  private func draft(_ hall: Hall) throws -> IntakeV1.Application {
    let request = IntakeV1.CreateDraftRequest(itemCode: "HYG", applicant: Hall.person)
    return try #require(
      try hall.room.call(Hall.Calls.createDraft, request, as: Hall.owner).application
    )
  }

  private func attach(
    _ hall: Hall,
    _ number: String,
    _ material: IntakeV1.AttachedMaterial,
    as identity: Identity = Hall.owner,
    revision: Int64? = nil
  ) throws -> IntakeV1.Application {
    let request = IntakeV1.AttachMaterialRequest(
      number: number,
      material: material,
      expectedRevision: revision
    )
    return try #require(
      try hall.room.call(Hall.Calls.attachMaterial, request, as: identity).application
    )
  }

  private func submit(_ hall: Hall, _ id: String) throws -> IntakeV1.Receipt {
    let request = IntakeV1.SubmitApplicationRequest(draftId: id)
    return try #require(
      try hall.room.call(Hall.Calls.submitApplication, request, as: Hall.owner).receipt
    )
  }

  @Test func `a draft takes files and is handed in with them`() throws {
    let hall = try Hall()
    let draft = try draft(hall)
    #expect(draft.number.count == 26 && draft.state == .draft)
    let attached = try attach(hall, draft.number, hall.upload("M1"), revision: draft.revision)
    #expect(attached.materials.count == 1)
    let again = try attach(hall, draft.number, hall.upload("M1"))
    #expect(again.materials.count == 1, "the same file is not doubled")
    let receipt = try submit(hall, draft.number)
    #expect(CaseNumber(receipt.number) != nil && receipt.materials.count == 1)
    #expect(hall.reason { _ = try submit(hall, draft.number) } == "WRONG_STATE")
    #expect(hall.reason { _ = try hall.application(draft.number, as: Hall.owner) } == "NOT_FOUND")
  }

  /// docs/rules/intake.md, rule I4.
  @Test func `a draft is nobody's business but its owner's`() throws {
    let hall = try Hall()
    let number = try draft(hall).number
    for identity in [Hall.stranger, Hall.clerk] {
      #expect(hall.reason { _ = try hall.application(number, as: identity) } == "NOT_FOUND")
    }
    #expect(try hall.list(as: Hall.clerk).applications.isEmpty)
    #expect(try hall.list(as: Hall.owner).applications.map(\.number) == [number])
    let receipt = IntakeV1.GetReceiptRequest(number: number)
    #expect(
      hall.reason { try hall.room.call(Hall.Calls.getReceipt, receipt, as: Hall.owner) }
        == "WRONG_STATE"
    )
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `a file is attached only by who uploaded it, and only to the item's materials`() throws
  {
    let hall = try Hall()
    let number = try draft(hall).number
    let others = try hall.upload("M1", by: Hall.stranger)
    #expect(
      hall.violations { _ = try attach(hall, number, others) }
        == ["material.sha256 UPLOAD_UNKNOWN"]
    )
    let unknown = try hall.upload("M9", seed: "other")
    #expect(
      hall.violations { _ = try attach(hall, number, unknown) }
        == ["material.material_code UNKNOWN_MATERIAL"]
    )
    let material = try hall.upload("M1")
    #expect(
      hall.reason { _ = try attach(hall, number, material, as: Hall.stranger) } == "NOT_FOUND"
    )
    #expect(hall.reason { _ = try attach(hall, number, material, revision: 7) } == "STALE_REVISION")
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `an application takes sixty materials and no more`() throws {
    let hall = try Hall()
    let number = try draft(hall).number
    for index in 1...60 { _ = try attach(hall, number, hall.upload("M1", seed: "\(index)")) }
    let one = try hall.upload("M1", seed: "61")
    #expect(hall.violations { _ = try attach(hall, number, one) } == ["materials TOO_MANY"])
    #expect(try hall.application(number, as: Hall.owner).materials.count == 60)
  }

  @Test func `two users of a portal are two owners`() throws {
    let hall = try Hall()
    let one = Identity("portal", [.portal], onBehalfOf: "u1")
    let two = Identity("portal", [.portal], onBehalfOf: "u2")
    let number = try hall.submit(as: one).number
    #expect(try hall.application(number, as: one).number == number)
    #expect(hall.reason { _ = try hall.application(number, as: two) } == "NOT_FOUND")
  }

  /// docs/rules/intake.md, rule I2.
  @Test func `a draft of an item that changed is checked against the new version`() throws {
    let hall = try Hall()
    let number = try draft(hall).number
    _ = try attach(hall, number, hall.upload("M2"))
    try hall.publish(Hall.version(2, materials: ["M1"]))
    #expect(
      hall.violations { _ = try submit(hall, number) }
        == ["materials[0].material_code UNKNOWN_MATERIAL"]
    )
  }

  @Test func `nothing is attached once it was handed in`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let material = try hall.upload("M1")
    #expect(hall.reason { _ = try attach(hall, number, material) } == "WRONG_STATE")
  }
}
