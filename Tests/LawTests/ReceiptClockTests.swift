import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct ReceiptClockTests {
  static let receipts = TextTable(
    columns: 5,
    """
    # submitted  received   due        deemedOn   deemedAt
      -          2026-04-29 2026-05-09 2026-04-29 2026-05-10T00:00:00+08:00 # T22 vector 3
      2026-04-29 2026-05-06 2026-05-09 2026-04-29 2026-05-10T00:00:00+08:00 # T22 no restart
      2026-05-06 2026-04-29 2026-05-09 2026-04-29 2026-05-10T00:00:00+08:00 # T22 the first
      2026-09-20 2026-09-21 2026-09-28 2026-09-20 2026-09-29T00:00:00+08:00 # T22 worked Sunday
      2026-09-13 2026-09-14 2026-09-18 2026-09-13 2026-09-19T00:00:00+08:00 # T22 a Sunday
    """
  )

  @Test(arguments: receipts.rows) func `silence accepts after five working days`(
    _ row: TextTable.Row
  ) throws {
    let clock = ReceiptClock(
      submitted: try Reading.optionalDay(row.columns[0]),
      received: try Reading.day(row.columns[1]),
      calendar: try Reading.calendar.get(),
      in: .beijing
    )
    #expect(clock.due.description == row.columns[2])
    #expect(clock.deemedAcceptedOn.description == row.columns[3])
    #expect(LegalTime.beijing.text(clock.deemedAt) == row.columns[4])
  }

  @Test func `T22 three are reminded on the third, fourth and fifth working day`() throws {
    let clock = ReceiptClock(
      submitted: nil,
      received: try Reading.day("2026-04-29"),
      calendar: try Reading.calendar.get(),
      in: .beijing
    )
    #expect(
      clock.reminders.map { "\($0.number) \($0.recipient) \(LegalTime.beijing.text($0.instant))" }
        == [
          "3 clerk 2026-05-07T00:00:00+08:00",
          "4 chiefRepresentative 2026-05-08T00:00:00+08:00",
          "5 hall 2026-05-09T00:00:00+08:00",
        ]
    )
  }

  static let customary = TextTable(
    columns: 4,
    """
    # term         start      length due
      receipt      2026-04-29 5wd    2026-05-09 # T22 the answer to a receipt
      correction   2026-09-01 30d    2026-10-08 # T23 the applicant's supply, over the holidays
      delivery     2025-09-24 10wd   2025-10-14 # T24 2.5 row 8
      preReview    2026-09-19 1wd    2026-09-20 # T25 the look at an online application
      consultation 2026-09-23 3wd    2026-09-29 # T26 vector 8
    """
  )

  @Test(arguments: customary.rows) func `the terms around a case`(_ row: TextTable.Row) throws {
    let terms: [String: Term] = [
      "receipt": .receipt, "correction": .correction, "delivery": .delivery,
      "preReview": .preReview, "consultation": .consultation,
    ]
    let term = try #require(terms[row.columns[0]])
    let clock = TermClock(start: try Reading.day(row.columns[1]), term: term)
    #expect(term.description == row.columns[2])
    let due = clock.reckoned(in: try Reading.calendar.get(), asOf: clock.start).due
    #expect(due.description == row.columns[3])
  }

  @Test func `T26 a silent consultation is tacit on the next working day`() throws {
    let calendar = try Reading.calendar.get()
    let consent = TacitConsent(asked: try Reading.day("2026-09-23"), in: calendar)
    #expect(consent.due.description == "2026-09-29")
    #expect(consent.tacitOn.description == "2026-09-30")
    let longer = TacitConsent(
      asked: try Reading.day("2026-09-23"),
      term: .workingDays(4),
      in: calendar
    )
    #expect(longer.tacitOn.description == "2026-10-08")
  }

  static let renewals = TextTable(
    columns: 3,
    """
    # applied    at         renewed
      2026-11-30 2026-12-31 yes     # T32 vector 9: applied 31 days before the expiry
      2026-11-30 2026-12-30 no      # T32 the licence is still valid on its last day
      2026-12-01 2026-12-31 no      # T32 applied 29 days before: a late application renews nothing
    """
  )

  @Test(arguments: renewals.rows) func `a renewal that nobody decides`(
    _ row: TextTable.Row
  ) throws {
    let renewal = Renewal(expiry: try Reading.day("2026-12-30"))
    let renewed = renewal.isDeemedRenewed(
      appliedOn: try Reading.day(row.columns[0]),
      at: try Reading.day(row.columns[1])
    )
    #expect(renewed == (row.columns[2] == "yes"))
  }
}
