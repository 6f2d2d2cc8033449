import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct LedgerMomentsTests {
  private func day(_ iso: String) throws -> Day { try #require(Day(iso: "2026-09-\(iso)")) }

  private func pause(_ stop: String, _ resume: String?) throws -> Suspension {
    Suspension(
      procedure: .expertReview,
      stop: try day(stop),
      resume: try resume.map(day),
      stopsLegal: true,
      stopsPromise: true
    )
  }

  @Test func `a running clock has seen the whole ledger, on one of the days of an open pause`()
    throws
  {
    let today = try day("20")
    let whole = try SuspensionLedger([pause("14", "16"), pause("18", nil)])
    let moments = whole.moments(isClosed: false, until: today)
    #expect(moments.map(\.ledger) == [whole, whole, whole])
    #expect(try moments.map(\.asOf) == [day("18"), day("19"), day("20")])
    let ended = try SuspensionLedger([pause("14", "16")])
    #expect(ended.moments(isClosed: false, until: today) == [.init(ledger: ended, asOf: today)])
    #expect(SuspensionLedger().moments(isClosed: false, until: today).count == 1)
  }

  @Test func `a closed clock may have seen any beginning of it, and its last pause still open`()
    throws
  {
    let today = try day("20")
    let first = try pause("14", "16")
    let ledger = try SuspensionLedger([first, pause("18", "19")])
    let moments = Set(ledger.moments(isClosed: true, until: today))
    let expected: [SuspensionLedger.Moment] = [
      .init(ledger: ledger, asOf: today),
      .init(ledger: try SuspensionLedger([first, pause("18", nil)]), asOf: try day("18")),
      .init(ledger: try SuspensionLedger([first, pause("18", nil)]), asOf: try day("19")),
      .init(ledger: SuspensionLedger([first]), asOf: today),
      .init(ledger: try SuspensionLedger([pause("14", nil)]), asOf: try day("15")),
      .init(ledger: SuspensionLedger(), asOf: today),
    ]
    #expect(moments.isSuperset(of: expected))
    #expect(ledger.moments(isClosed: true, until: today).first == expected[0])
  }

  @Test func `a clock set back does not make the days of an open pause fewer than one`() throws {
    let ledger = try SuspensionLedger([pause("18", nil)])
    #expect(try ledger.moments(isClosed: false, until: day("14")).map(\.asOf) == [day("18")])
  }
}
