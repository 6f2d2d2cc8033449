import Intake
import Kernel
import Law
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct SubmitApplicationTests {
  /// docs/rules/intake.md, rules I3 and I4.
  @Test func `an application gets its number, its code and its five days`() throws {
    let hall = try Hall()
    let receipt = try hall.submit(materials: [hall.upload("M1")])
    let number = try #require(CaseNumber(receipt.number))
    #expect(number.region == "370212" && number.department == "017" && number.sequence == "00001")
    #expect(number.day.description == "2026-09-14")
    #expect(receipt.receiptDueOn == "2026-09-20", "Sunday 09-20 is worked")
    #expect(receipt.departmentName == "卫生局" && receipt.consultPhone == "0532-1")
    #expect(receipt.queryCode.count == 6)
    #expect(receipt.materials.first?.mediaType == "application/pdf", "the upload's, not the claim")

    let told = try #require(try hall.room.published(IntakeV1.ApplicationSubmitted.self).first)
    #expect(told.number == receipt.number && told.itemVersion == 1 && told.channel == .online)
    let application = try hall.application(receipt.number)
    #expect(application.applicant?.idNumber == "370200********0011")
    #expect(application.applicant?.phone == "*******1234")
    #expect(application.state == .submitted)
  }

  /// docs/rules/intake.md, rule I4.
  @Test func `numbers count on without a gap, and a refusal takes none`() throws {
    let hall = try Hall()
    let first = try hall.submit()
    #expect(hall.reason { try hall.submit("NONE") } == "UNKNOWN_ITEM")
    let second = try hall.submit(as: Hall.stranger)
    #expect(CaseNumber(first.number)?.sequence == "00001")
    #expect(CaseNumber(second.number)?.sequence == "00002")
    hall.room.advance(toDay: "2026-09-15")
    #expect(CaseNumber(try hall.submit().number)?.sequence == "00001")
  }

  @Test func `the same key answers the same receipt and files nothing twice`() throws {
    let hall = try Hall()
    let receipt = try hall.submit(key: "once")
    #expect(try hall.submit(key: "once") == receipt)
    #expect(try hall.room.published(IntakeV1.ApplicationSubmitted.self).count == 1)
  }

  /// docs/rules/intake.md, rules I2 and I10.
  @Test func `all that is wrong is told at once`() throws {
    let hall = try Hall()
    var person = Hall.person
    person.idNumber = "370200190001010012"
    person.subjectType = "5"
    let others = try hall.upload("M1", by: Hall.stranger)
    let violations = hall.violations {
      let request = IntakeV1.SubmitApplicationRequest(
        itemCode: "HYG",
        applicant: person,
        materials: [
          IntakeV1.AttachedMaterial(materialCode: "M9"),
          others,
        ]
      )
      try hall.room.call(Hall.Calls.submitApplication, request, as: Hall.owner)
    }
    #expect(
      violations == [
        "applicant.id_number FORMAT", "applicant.subject_type SUBJECT_TYPE",
        "materials[0].material_code UNKNOWN_MATERIAL", "materials[0].sha256 REQUIRED",
        "materials[1].sha256 UPLOAD_UNKNOWN",
      ]
    )
  }

  @Test func `neither a draft nor an item, and both, are refused field by field`() throws {
    let hall = try Hall()
    let neither = hall.violations {
      try hall.room.call(Hall.Calls.submitApplication, .init(), as: Hall.owner)
    }
    #expect(neither == ["applicant REQUIRED", "item_code REQUIRED"])
    let both = hall.violations {
      let request = IntakeV1.SubmitApplicationRequest(
        draftId: "D",
        itemCode: "HYG",
        applicant: Hall.person
      )
      try hall.room.call(Hall.Calls.submitApplication, request, as: Hall.owner)
    }
    #expect(both == ["applicant EXCLUDED", "item_code EXCLUDED"])
  }

  /// docs/rules/intake.md, rule I2.
  @Test func `an item that is cut or not yet in force is unknown`() throws {
    let hall = try Hall(with: [Hall.version(1, code: "NEXT", effectiveOn: "2026-10-01"), Hall.item])
    #expect(hall.reason { try hall.submit("NEXT") } == "UNKNOWN_ITEM")
    try hall.room.offer(
      CatalogueV1.ItemRetired(item: CatalogueV1.RetiredItem(code: "HYG", retiredOn: "2026-09-14")),
      subject: "HYG",
      from: "catalogue"
    )
    #expect(hall.reason { try hall.submit() } == "UNKNOWN_ITEM")
  }

  /// docs/rules/intake.md, rule I2.
  @Test func `a later version applies from its day on`() throws {
    let hall = try Hall()
    try hall.publish(Hall.version(2, effectiveOn: "2026-09-15"))
    #expect(try hall.application(hall.submit().number).itemVersion == 1)
    hall.room.advance(toDay: "2026-09-15")
    #expect(try hall.application(hall.submit().number).itemVersion == 2)
  }

  /// docs/rules/intake.md, rule I10.
  @Test func `identity numbers lie sealed in the store and in the feed`() throws {
    let hall = try Hall()
    try hall.submit()
    let entry = try #require(try hall.room.feed().first)
    let secret = Array(Hall.person.idNumber.utf8)
    #expect(!entry.content.payload.contains(secret))
    #expect(entry.content.privatePart.map { !$0.contains(secret) } == true)
    let kept = try hall.room.engine.store.read { snapshot in
      try snapshot.rows("SELECT applicant FROM application") { $0.blob(0) }
    }
    #expect(kept.count == 1 && !kept[0].contains(secret))
  }
}
