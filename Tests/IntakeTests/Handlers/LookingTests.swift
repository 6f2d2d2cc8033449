import Intake
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct LookingTests {
  /// docs/rules/intake.md, rule I9.
  @Test func `a wrong number and a wrong code get the same answer`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    var other = receipt
    other.queryCode = receipt.queryCode == "000000" ? "000001" : "000000"
    let wrongCode = try #require(hall.refusal { _ = try hall.track(other) })
    other.number = "37021220260914017000999"
    var wrongNumber = try #require(hall.refusal { _ = try hall.track(other) })
    wrongNumber.subject = wrongCode.subject
    #expect(wrongCode.reason == "NOT_FOUND" && wrongCode == wrongNumber)
  }

  private func reason(_ hall: Hall, _ receipt: IntakeV1.Receipt, code: String) throws -> String? {
    var other = receipt
    other.queryCode = code
    return hall.refusal { _ = try hall.track(other) }?.reason
  }

  /// docs/rules/intake.md, rule I9.
  @Test func `a number is locked for the day by wrong codes, whether it exists or not`() throws {
    let hall = try Hall()
    var receipt = try hall.submit()
    let wrong = receipt.queryCode == "000000" ? "000001" : "000000"
    // The right code in between begins the count anew.
    for _ in 1..<ServiceLimits.wrongCodesPerNumber {
      #expect(try reason(hall, receipt, code: wrong) == "NOT_FOUND")
    }
    _ = try hall.track(receipt)
    for _ in 0..<ServiceLimits.wrongCodesPerNumber {
      #expect(try reason(hall, receipt, code: wrong) == "NOT_FOUND")
    }
    #expect(try reason(hall, receipt, code: wrong) == "LOOKUP_LOCKED")
    #expect(try reason(hall, receipt, code: receipt.queryCode) == "LOOKUP_LOCKED")
    receipt.number = "37021220260914017000999"
    for _ in 0..<ServiceLimits.wrongCodesPerNumber {
      #expect(try reason(hall, receipt, code: wrong) == "NOT_FOUND")
    }
    #expect(try reason(hall, receipt, code: wrong) == "LOOKUP_LOCKED")
  }

  /// docs/rules/intake.md, rule I9.
  @Test func `a source is locked for the day by wrong codes for many numbers`() {
    let guardian = LookupGuard(.lookup)
    let (today, tomorrow) = (Day(epochDay: 20_000), Day(epochDay: 20_001))
    for number in 0..<ServiceLimits.wrongCodesPerSource {
      #expect(!guardian.isLocked("n\(number)", "s", on: today))
      guardian.failed("n\(number)", "s", on: today)
    }
    #expect(guardian.isLocked("other", "s", on: today))
    #expect(!guardian.isLocked("other", "t", on: today))
    #expect(!guardian.isLocked("other", "s", on: tomorrow))
    // A call of yesterday that comes late takes nothing from today's counts.
    guardian.failed("other", "s", on: Day(epochDay: 19_999))
    #expect(guardian.isLocked("other", "s", on: today))
  }

  /// docs/rules/intake.md, rule I9.
  @Test func `a flood of names unlocks nobody`() {
    let guardian = LookupGuard(.lookup)
    let day = Day(epochDay: 20_000)
    for _ in 0..<ServiceLimits.wrongCodesPerNumber { guardian.failed("n", "s", on: day) }
    for number in 0..<2 * ServiceLimits.wrongCodeCounters {
      guardian.failed("x\(number)", "y\(number)", on: day)
    }
    #expect(guardian.isLocked("n", "t", on: day))
  }

  @Test func `whoever has the receipt sees state, date, reason and next step`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    let five = try hall.track(receipt)
    #expect(five.stateZh == "已提交" && five.stateEn == "Submitted")
    #expect(five.due?.dueOn == "2026-09-20" && five.due?.days.filter(\.counted).count == 5)
    #expect(five.departmentName == "卫生局" && five.consultPhone == "0532-1")
    try hall.correct(receipt.number)
    let gaps = try hall.track(receipt)
    #expect(gaps.due?.dueOn == "2026-10-14" && gaps.openGaps.map(\.materialCode) == ["M2"])
    try hall.supply(receipt.number, [hall.upload("M2")])
    #expect(try hall.track(receipt).openGaps.isEmpty)
    try hall.accept(receipt.number)
    #expect(try hall.track(receipt).due?.dueOn == "2026-09-23")
    try hall.withdraw(receipt.number)
    #expect(try hall.track(receipt).due == nil)
  }

  @Test func `lists are one's own or the hall's, filtered, newest first, paged`() throws {
    let hall = try Hall(with: [Hall.item, Hall.version(1, code: "SPA")])
    let numbers = try (0..<5).map { index in
      try hall.submit(index == 4 ? "SPA" : "HYG", as: index % 2 == 0 ? Hall.owner : Hall.stranger)
        .number
    }
    try hall.accept(numbers[0])
    #expect(try hall.list(as: Hall.clerk).applications.map(\.number) == numbers.reversed())
    let own = try hall.list(as: Hall.owner).applications.map(\.number)
    #expect(own == [numbers[4], numbers[2], numbers[0]])
    let accepted = try hall.list(as: Hall.clerk, .init(state: .accepted)).applications
    #expect(accepted.map(\.number) == [numbers[0]])
    let spa = try hall.list(as: Hall.clerk, .init(itemCode: "SPA", departmentCode: "017"))
    #expect(spa.applications.map(\.number) == [numbers[4]])
    var page = CommonV1.Page(size: 2)
    var seen: [String] = []
    repeat {
      let answer = try hall.list(as: Hall.clerk, .init(page: page))
      seen += answer.applications.map(\.number)
      page.token = answer.nextPageToken
    } while !page.token.isEmpty
    #expect(seen == numbers.reversed())
  }

  @Test func `a receipt is shown again to its owner and to the window`() throws {
    let hall = try Hall()
    let receipt = try hall.submit()
    let request = IntakeV1.GetReceiptRequest(number: receipt.number)
    for identity in [Hall.owner, Hall.clerk] {
      let again = try hall.room.call(Hall.Calls.getReceipt, request, as: identity).receipt
      #expect(again == receipt)
    }
    #expect(
      hall.reason { try hall.room.call(Hall.Calls.getReceipt, request, as: Hall.stranger) }
        == "NOT_FOUND"
    )
  }
}
