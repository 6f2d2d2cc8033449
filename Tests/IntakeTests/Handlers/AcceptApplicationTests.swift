import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct AcceptApplicationTests {
  /// docs/rules/intake.md, rule I8.
  @Test func `acceptance starts both clocks and explains them`() throws {
    let hall = try Hall()
    let number = try hall.submit(materials: [hall.upload("M1")]).number
    try hall.receive(number)
    let answer = try hall.accept(number)
    #expect(answer.receipt?.promiseDueOn == "2026-09-23")
    #expect(answer.promise?.dueOn == "2026-09-23" && answer.legal?.dueOn == "2026-10-16")
    #expect(answer.promise?.days.filter(\.counted).count == 8)
    #expect(answer.promise?.provisional == false)
    #expect(try hall.application(number).legalDueOn == "2026-10-16")
  }

  /// docs/rules/intake.md, rules I8 and I10.
  @Test func `the admission is signed over exactly what it says`() throws {
    let hall = try Hall()
    let number = try hall.submit(materials: [hall.upload("M1")]).number
    try hall.accept(number)
    let told = try #require(try hall.room.published(IntakeV1.ApplicationAccepted.self).first)
    var admission = try #require(told.admission)
    let keyring = try TestKeys.keyring("approval")
    #expect(keyring.isValid(admission))
    #expect(
      admission.number == number && admission.hall == Room.hall && admission.keyId == "intake"
    )
    admission.itemVersion += 1
    #expect(!keyring.isValid(admission))
    #expect(told.acceptedBy == "clerk-a" && !told.deemed && told.legalStartOn == "2026-09-14")
    #expect(told.materials.map(\.fileName) == [""], "names of files may hold names of people")
  }

  /// docs/adr/0034-one-signature-for-a-batch-of-admissions.md.
  @Test func `acceptances of one batch carry one signature, each with its own proof`() throws {
    let hall = try Hall()
    let numbers = try (0..<5).map { _ in try hall.submit().number }
    let before = try hall.room.feed().count
    func begin(_ number: String) throws -> CollectedReply {
      try hall.room.begin(
        Hall.Calls.acceptApplication,
        IntakeV1.AcceptApplicationRequest(number: number),
        as: Hall.clerk
      )
    }
    // One that is refused stands among them, and one that is not an acceptance.
    let replies = try (numbers[..<2] + ["NONE"] + numbers[2...]).map(begin)
    let other = try hall.room.begin(
      Hall.Calls.submitApplication,
      IntakeV1.SubmitApplicationRequest(itemCode: "HYG", applicant: Hall.person),
      as: Hall.stranger
    )
    hall.room.settle()
    #expect(replies.map { $0.answer?.status } == [200, 200, 404, 200, 200, 200])
    #expect(other.answer?.status == 200)
    let entries = try hall.room.feed(after: Int64(before))
    #expect(entries.map(\.content.subject).prefix(5) == numbers[...])
    let told = try hall.room.published(IntakeV1.ApplicationAccepted.self)
    let admissions = told.compactMap(\.admission)
    #expect(admissions.map(\.number) == numbers)
    #expect(Set(admissions.map(\.signature)).count == 1)
    #expect(admissions.map(\.leafIndex) == [0, 1, 2, 3, 4])
    #expect(admissions.allSatisfy { $0.treeSize == 5 && $0.alg == "ed25519-sha256-tree" })
    let keyring = try TestKeys.keyring("approval")
    #expect(admissions.allSatisfy { keyring.isValid($0) })
    let head = try hall.room.engine.store.read { try $0.feedHead() }
    #expect(try hall.room.engine.store.verifyChain() == .sound(head))
  }

  @Test func `an acceptance alone is a tree of one, and a repetition answers the first`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let request = IntakeV1.AcceptApplicationRequest(number: number)
    let replies = try (0..<2).map { _ in
      try hall.room.begin(Hall.Calls.acceptApplication, request, as: Hall.clerk, key: "once")
    }
    hall.room.settle()
    #expect(replies.map { $0.answer?.status } == [200, 200])
    #expect(replies[0].answer?.body == replies[1].answer?.body)
    let told = try hall.room.published(IntakeV1.ApplicationAccepted.self)
    #expect(told.map(\.admission?.treeSize) == [1] && told[0].admission?.path == [])
  }

  @Test func `the personal part goes beside the entry`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    try hall.accept(receipt.number)
    let entry = try #require(try hall.room.feed().last)
    let sealed = try #require(entry.content.privatePart)
    let part = try IntakeV1.PersonalPart.decode(hall.room.engine.seal.open(sealed))
    #expect(part.applicant == Hall.person)
    #expect(part.queryCode == receipt.queryCode && part.owner == "zhang")
  }

  /// docs/rules/intake.md, rule I8.
  @Test func `the legal limit runs from what the item says, the promise from acceptance`() throws {
    let seven = CommonV1.Term(amount: 7, unit: .naturalDay)
    let hall = try Hall(with: [Hall.version(1, legal: seven, start: .received)])
    let number = try hall.submit().number
    hall.room.advance(toDay: "2026-09-17")
    let answer = try hall.accept(number)
    #expect(answer.legal?.dueOn == "2026-09-21")
    #expect(answer.promise?.dueOn == "2026-09-21", "a promise never ends later than the law")
    let told = try #require(try hall.room.published(IntakeV1.ApplicationAccepted.self).first)
    #expect(told.legalStartOn == "2026-09-14" && told.promiseDueOn == "2026-09-21")
  }

  @Test func `without a legal limit only the promise runs`() throws {
    let hall = try Hall(with: [Hall.version(1, legal: nil)])
    let answer = try hall.accept(hall.submit().number)
    #expect(answer.legal == nil && answer.promise?.dueOn == "2026-09-23")
  }

  @Test func `nothing is accepted twice, by strangers or on a stale view`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    #expect(hall.reason { try hall.accept(number, revision: 4) } == "STALE_REVISION")
    #expect(hall.reason { try hall.accept(number, as: Hall.owner) } == "WRONG_ROLE")
    #expect(hall.reason { try hall.accept("NONE") } == "NOT_FOUND")
    try hall.accept(number)
    #expect(hall.reason { try hall.accept(number) } == "WRONG_STATE")
  }
}
