import Intake
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct CorrectionCallTests {
  private let two = [
    IntakeV1.Gap(materialCode: "M2", demand: "补交检测报告"), IntakeV1.Gap(demand: "填写面积"),
  ]

  /// docs/rules/intake.md, rules I5 and I7.
  @Test func `the one notice stops the five days and gives thirty natural days`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let answer = try hall.correct(number, gaps: two)
    #expect(answer.notice?.notifiedOn == "2026-09-14")
    #expect(answer.notice?.answerBy == "2026-10-14")
    hall.room.advance(toDay: "2026-09-22")
    #expect(try hall.application(number).state == .correction)
    #expect(try hall.room.published(IntakeV1.CorrectionRequested.self).count == 1)
  }

  /// docs/rules/intake.md, rule I5.
  @Test func `there is no second notice, not even after a complete supply`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number)
    let refusal = hall.refusal { try hall.correct(number) }
    #expect(refusal?.reason == "CORRECTION_ALREADY_REQUESTED" && refusal?.rule == "I5")
    try hall.supply(number, [hall.upload("M2")])
    #expect(hall.reason { try hall.correct(number) } == "CORRECTION_ALREADY_REQUESTED")
  }

  @Test func `a notice names only materials of the item, each once`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    let gaps = ["M9", "M1", "M1"].map { IntakeV1.Gap(materialCode: $0, demand: "补") }
    #expect(
      hall.violations { try hall.correct(number, gaps: gaps) }
        == ["gaps[0].material_code UNKNOWN_MATERIAL", "gaps[2].material_code DUPLICATE"]
    )
    #expect(hall.reason { try hall.correct(number, revision: 5) } == "STALE_REVISION")
  }

  /// docs/rules/intake.md, rule I6.
  @Test func `a file that is attached closes its gap`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number, gaps: two + [IntakeV1.Gap(materialCode: "M1", demand: "补")])
    let first = try hall.attach(number, hall.upload("M2"))
    #expect(first.correction?.gaps.map(\.closed) == [true, false, false])
    try hall.supply(number, answered: [1])
    hall.room.advance(toDay: "2026-09-16")
    let last = try hall.attach(number, hall.upload("M1", seed: "other"))
    #expect(last.correction?.completedOn == "2026-09-16")
    #expect(try hall.room.published(IntakeV1.CorrectionCompleted.self).count == 1)
    try hall.accept(number)
    #expect(try hall.application(number).acceptedOn == "2026-09-16")
    let more = try hall.upload("M1", seed: "more")
    #expect(hall.reason { try hall.attach(number, more) } == "WRONG_STATE")
    #expect(hall.reason { try hall.supply(number, [more]) } == "WRONG_STATE")
  }

  /// docs/rules/intake.md, rule I6.
  @Test func `a second page may follow the first, and moves no day`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number)
    let first = try hall.attach(number, hall.upload("M2", seed: "page 1"))
    #expect(first.correction?.completedOn == "2026-09-14" && first.receiptDueOn == "2026-09-20")
    hall.room.advance(toDay: "2026-09-17")
    let second = try hall.attach(number, hall.upload("M2", seed: "page 2"))
    #expect(second.materials.count == 2 && second.revision == first.revision + 1)
    let third = try hall.supply(number, [hall.upload("M2", seed: "page 3")])
    #expect(third.complete && third.notice?.completedOn == "2026-09-14")
    let now = try hall.application(number)
    #expect(now.materials.count == 3 && now.receiptDueOn == "2026-09-20")
    #expect(try hall.room.published(IntakeV1.CorrectionCompleted.self).count == 1)
    // Silence accepts when it would have, and all three go to approval.
    hall.room.advance(toDay: "2026-09-21")
    let told = try #require(try hall.room.published(IntakeV1.ApplicationAccepted.self).first)
    #expect(told.deemed && told.materials.count == 3)
    #expect(try hall.application(number).acceptedOn == "2026-09-14")
  }

  /// docs/rules/intake.md, rules I3 and I6.
  @Test func `what follows the whole is of the notice, and comes before silence accepts`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number)
    try hall.attach(number, hall.upload("M2"))
    let other = try hall.upload("M1", seed: "other")
    #expect(
      hall.violations { try hall.attach(number, other) }
        == ["material.material_code NOT_IN_NOTICE"]
    )
    #expect(
      hall.violations { try hall.supply(number, [other]) }
        == ["materials[0].material_code NOT_IN_NOTICE"]
    )
    // The five days are over, and the timer waits for an upstream that is silent.
    let page = try hall.upload("M2", seed: "page 2")
    hall.room.engine.followers[0].lostSight()
    hall.room.clock.advance(byMilliseconds: 7 * 86_400_000)
    #expect(hall.reason { try hall.attach(number, page) } == "FIVE_DAYS_OVER")
    #expect(hall.reason { try hall.supply(number, [page]) } == "FIVE_DAYS_OVER")
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `an application with sixty materials can still be corrected`() throws {
    let hall = try Hall()
    let full = try (0..<60).map { try hall.upload("M1", seed: "\($0)") }
    let number = try hall.submit(materials: full).number
    try hall.correct(number)
    #expect(try hall.supply(number, [hall.upload("M2")]).complete)
    #expect(try hall.application(number).materials.count == 61)
  }

  /// docs/rules/intake.md, rule I6.
  @Test func `a part keeps the list, the whole opens five days whose silence accepts`() throws {
    let hall = try Hall(on: "2026-04-29")
    let number = try hall.submit().number
    try hall.correct(number, gaps: two)
    hall.room.advance(toDay: "2026-05-11")
    let part = try hall.supply(number, [hall.upload("M2")])
    #expect(!part.complete && part.notice?.gaps.map(\.closed) == [true, false])
    #expect(hall.reason { try hall.accept(number) } == "GAPS_OPEN")
    hall.room.advance(toDay: "2026-05-13")
    let whole = try hall.supply(number, answered: [1])
    #expect(whole.complete && whole.notice?.completedOn == "2026-05-13")
    let told = try #require(try hall.room.published(IntakeV1.CorrectionCompleted.self).first)
    #expect(told.receiptDueOn == "2026-05-20")
    hall.room.advance(toDay: "2026-05-21")
    let application = try hall.application(number)
    #expect(application.acceptedOn == "2026-05-13" && application.deemedAccepted)
    #expect(application.promiseDueOn == "2026-05-25")
  }

  /// docs/rules/intake.md, rules I6 and I8.
  @Test func `after a correction the acceptance is that of the day of completion`() throws {
    let hall = try Hall(on: "2026-04-29")
    let number = try hall.submit().number
    try hall.correct(number)
    hall.room.advance(toDay: "2026-05-13")
    try hall.supply(number, [hall.upload("M2")])
    hall.room.advance(toDay: "2026-05-15")
    let receipt = try #require(try hall.accept(number).receipt)
    #expect(receipt.acceptedOn == "2026-05-13" && receipt.promiseDueOn == "2026-05-25")
    hall.room.advance(toDay: "2026-05-22")
    #expect(try hall.room.published(IntakeV1.ApplicationAccepted.self).count == 1)
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `paper is ticked off by a clerk alone`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number)
    let paper = [IntakeV1.AttachedMaterial(materialCode: "M2")]
    #expect(
      hall.violations { try hall.supply(number, paper) } == ["materials[0].sha256 REQUIRED"]
    )
    #expect(try hall.supply(number, paper, as: Hall.clerk).complete)
  }

  /// docs/rules/intake.md, rules I12 and I15.
  @Test func `no clerk ticks off the paper of an application of one's own`() throws {
    let hall = try Hall()
    let both = Identity("clerk-a", [.applicant, .clerk], posts: ["P1"])
    let paper = IntakeV1.AttachedMaterial(materialCode: "M2")
    #expect(
      hall.violations { try hall.submit(as: both, materials: [paper]) }
        == ["materials[0].sha256 REQUIRED"]
    )
    let number = try hall.submit(as: both).number
    try hall.correct(number, as: Hall.deputy)
    for clerk in [both, Hall.clerk] {
      #expect(
        hall.violations { try hall.attach(number, paper, as: clerk) }
          == ["material.sha256 REQUIRED"]
      )
      #expect(
        hall.violations { try hall.supply(number, [paper], as: clerk) }
          == ["materials[0].sha256 REQUIRED"]
      )
    }
    let ticked = try hall.attach(number, paper, as: Hall.deputy)
    #expect(ticked.correction?.gaps.map(\.closed) == [true])
  }

  /// docs/rules/intake.md, rule I6.
  @Test func `a file of before the notice closes nothing, and the last file needs no more words`()
    throws
  {
    let hall = try Hall()
    let number = try hall.submit(materials: [hall.upload("M2")]).number
    try hall.correct(number)
    #expect(hall.violations { try hall.supply(number) } == ["materials REQUIRED"])
    let better = try hall.attach(number, hall.upload("M2", seed: "better"))
    #expect(better.correction?.completedOn == "2026-09-14")
    let said = try hall.supply(number)
    #expect(said.complete && said.revision == better.revision)
    #expect(said.notice?.gaps.map(\.closed) == [true])
  }

  @Test func `gaps are answered by index only where no material is due`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number, gaps: two)
    #expect(
      hall.violations { try hall.supply(number, answered: [0, 7]) }
        == ["answered_gaps[0] NEEDS_MATERIAL", "answered_gaps[1] OUT_OF_RANGE"]
    )
    #expect(hall.reason { try hall.supply(number, answered: [1], revision: 1) } == "STALE_REVISION")
    #expect(
      hall.reason { try hall.supply(number, answered: [1], as: Hall.stranger) } == "NOT_FOUND"
    )
  }

  @Test func `nothing is supplied where nothing was asked, and twice changes nothing`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    #expect(hall.reason { try hall.supply(number, answered: [0]) } == "WRONG_STATE")
    try hall.correct(number)
    let once = try hall.supply(number, [hall.upload("M2")])
    let twice = try hall.supply(number, [hall.upload("M2")])
    #expect(twice.notice == once.notice && twice.complete)
    #expect(try hall.application(number).materials.count == 1)
  }

  /// docs/rules/intake.md, rule I7.
  @Test func `silence past the day of the notice returns the papers, at 24 o'clock`() throws {
    let hall = try Hall()
    let number = try hall.submit().number
    try hall.correct(number)
    hall.room.advance(toDay: "2026-10-14")
    #expect(try hall.application(number).state == .correction)
    hall.room.advance(toDay: "2026-10-15")
    #expect(try hall.application(number).state == .returned)
    #expect(hall.reason { try hall.supply(number, answered: [0]) } == "WRONG_STATE")
    #expect(try hall.room.published(IntakeV1.ApplicationReturned.self).count == 1)
  }
}
