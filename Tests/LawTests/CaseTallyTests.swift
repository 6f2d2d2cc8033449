import TestSupport
import Testing

@testable import Law

@Suite struct CaseTallyTests {
  private func tally(_ cases: [(legal: Int?, promise: Int?, actual: Int)]) -> CaseTally {
    var tally = CaseTally()
    for figures in cases {
      tally.addClosed(
        CaseFigures(
          legalDays: figures.legal,
          promiseDays: figures.promise,
          actualDays: figures.actual
        )
      )
    }
    return tally
  }

  @Test func `T28 vector 11: speed-up is a ratio of sums, not a mean of ratios`() throws {
    let speedUp = tally([(20, 8, 8), (1, 1, 0)]).speedUp
    #expect(speedUp == Ratio(13, 21))
    #expect(speedUp.basisPoints == 6190)
    let value = try #require(speedUp.value)
    #expect(abs(value - 13.0 / 21.0) < 1e-15)
  }

  @Test func `T28 the seed: a mean of 3.6 days, 3.2 ahead, is 47.06 per cent`() {
    // Ten cases whose limits add up to 68 days and that took 36.
    let tally = tally([
      (20, 10, 12), (20, 8, 8), (20, 10, 10), (2, 2, 2), (1, 1, 1), (1, 1, 1), (1, 1, 1),
      (1, 1, 1), (1, 1, 0), (1, 1, 0),
    ])
    #expect(tally.meanDays == Ratio(36, 10))
    #expect(tally.meanDaysAhead == Ratio(32, 10))
    #expect(tally.speedUp.basisPoints == 4706)
    #expect(tally.onTimeRate == Ratio(9, 10))
    #expect(tally.aheadRate == Ratio(2, 10))
  }

  @Test func `T28 compression is over items and unweighted`() {
    #expect(CaseTally.compression(of: [(20, 8)]).basisPoints == 6000)
    #expect(CaseTally.compression(of: [(133, 69)]).basisPoints == 4812)
    #expect(CaseTally.compression(of: []).value == nil)
  }

  @Test func `T28 open cases past due count as overdue`() {
    var tally = tally([(20, 8, 9), (20, 8, 8)])
    tally.addOpenPastDue()
    #expect(tally.overdueRate == Ratio(2, 3))
  }

  @Test(arguments: Outcome.allCases) func `T27 T28 void cases and early ends do not count`(
    _ outcome: Outcome
  ) {
    var tally = CaseTally()
    tally.addClosed(
      CaseFigures(legalDays: 20, promiseDays: 8, actualDays: 3, outcome: outcome)
    )
    #expect(tally.closed == ([.granted, .denied, .forwarded].contains(outcome) ? 1 : 0))
    #expect((tally == CaseTally()) == (tally.closed == 0))
  }

  @Test func `T28 a case is measured by what it has`() {
    let tally = tally([(20, nil, 19), (20, nil, 21), (nil, nil, 50), (nil, 8, 8)])
    #expect(tally.onTimeRate == Ratio(3, 4))
    #expect(tally.aheadRate == Ratio(1, 4))
    #expect(tally.meanDays == Ratio(98, 4))
    #expect(tally.meanDaysAhead == Ratio(0, 2))
    #expect(tally.speedUp == Ratio(0, 40))
  }

  @Test func `T28 a hall may count the same day as one`() {
    var tally = CaseTally()
    let figures = CaseFigures(legalDays: 1, promiseDays: nil, actualDays: 0)
    tally.addClosed(figures, sameDayAsOne: true)
    #expect(tally.meanDays == Ratio(1, 1))
    #expect(tally.speedUp == Ratio(0, 1))
    #expect(tally.aheadRate == Ratio(1, 1))
  }

  @Test(arguments: 0..<50) func `T28 the tallies of parts add up to that of the whole`(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    var (left, right, whole) = (CaseTally(), CaseTally(), CaseTally())
    for _ in 0..<40 {
      let figures = CaseFigures(
        legalDays: [nil, 20, 45].randomElement(using: &random) ?? nil,
        promiseDays: [nil, 8].randomElement(using: &random) ?? nil,
        actualDays: .random(in: 0...50, using: &random),
        outcome: Outcome.allCases.randomElement(using: &random) ?? .granted
      )
      whole.addClosed(figures)
      if Bool.random(using: &random) {
        left.addClosed(figures)
      } else {
        right.addClosed(figures)
        right.addOpenPastDue()
        whole.addOpenPastDue()
      }
    }
    #expect(left + right == whole)
  }

  @Test func `T28 without a case there is no rate`() {
    #expect(CaseTally().speedUp.value == nil)
    #expect(CaseTally().overdueRate.basisPoints == nil)
    #expect(Ratio(-1, 3).basisPoints == -3333)
    #expect(Ratio(2, 3).basisPoints == 6667)
  }
}
