import Kernel
import TestSupport
import Testing

@testable import Law

/// The clocks of a case that was accepted on 2026-09-14, unless said otherwise.
private func clocks(
  legal: String,
  promise: String,
  ledger: SuspensionLedger = SuspensionLedger(),
  accepted: String = "2026-09-14",
  today: String = "2026-09-14"
) throws -> Clocks {
  func limit(_ text: String) throws -> Limit? {
    text == "-" ? nil : Limit(try Reading.term(text))
  }
  return Clocks(
    days: StartDays(accepted: try Reading.day(accepted)),
    legal: try limit(legal),
    promise: try limit(promise),
    ledger: ledger,
    calendar: try Reading.calendar.get(),
    asOf: try Reading.day(today)
  )
}

@Suite struct ClocksTests {
  static let dues = TextTable(
    columns: 5,
    """
    # accepted   legal promise legalDue   promiseDue
      2026-09-14 20wd  8wd     2026-10-16 2026-09-23 # T14 the promise is shorter
      2026-09-14 20wd  20wd    2026-10-16 2026-10-16 # T14 or as long
      2026-09-30 7d    3wd     2026-10-08 2026-10-08 # T14 2.2: units differ, the earlier day counts
      2026-09-14 20wd  -       2026-10-16 2026-10-16 # T14 no promise
      2026-09-14 -     8wd     -          2026-09-23 # T14 no legal limit
      2026-09-14 -     -       -          -          # T8 T14 neither
      2026-09-14 20wd  0       2026-10-16 2026-09-14 # T8 T14 on the spot
    """
  )

  @Test(arguments: dues.rows) func `the due days of both clocks`(_ row: TextTable.Row) throws {
    let clocks = try clocks(
      legal: row.columns[1],
      promise: row.columns[2],
      accepted: row.columns[0]
    )
    #expect((clocks.legalDue?.description ?? "-") == row.columns[3])
    #expect((clocks.promiseDue?.description ?? "-") == row.columns[4])
  }

  static let provisional = TextTable(
    columns: 4,
    """
    # accepted   legal promise provisional
      2026-09-14 20wd  8wd     no          # T6 both within the last decreed year
      2026-12-21 20wd  8wd     yes         # T6 the legal limit reaches further
      2026-12-28 -     8wd     yes         # T6 the promise alone
      2026-12-28 -     -       no          # T6 no term, nothing assumed
    """
  )

  @Test(arguments: provisional.rows) func `a case is provisional if one of its clocks is`(
    _ row: TextTable.Row
  ) throws {
    let clocks = try clocks(
      legal: row.columns[1],
      promise: row.columns[2],
      accepted: row.columns[0]
    )
    #expect(clocks.isProvisional == (row.columns[3] == "yes"))
  }

  @Test func `T7 each limit runs from its own event`() throws {
    let days = StartDays(
      accepted: try Reading.day("2026-09-18"),
      received: try Reading.day("2026-09-14"),
      complete: try Reading.day("2026-09-16")
    )
    let dues = try StartEvent.allCases.map { event in
      Clocks(
        days: days,
        legal: Limit(.workingDays(1), from: event),
        promise: nil,
        calendar: try Reading.calendar.get(),
        asOf: days.accepted
      )
      .legalDue?.description
    }
    #expect(dues == ["2026-09-20", "2026-09-15", "2026-09-17"])
  }

  @Test func `T11 a site visit moves the promise alone, and only if the item says so`() throws {
    for (says, promiseDue) in [(true, "2026-09-24"), (false, "2026-09-23")] {
      var ledger = SuspensionLedger()
      let listing = ProcedureListing(.siteVisit, basis: "法", stopsPromise: says)
      try ledger.start(.siteVisit, listing: listing, on: try Reading.day("2026-09-16"))
      try ledger.end(on: try Reading.day("2026-09-17"))
      let clocks = try clocks(legal: "20wd", promise: "8wd", ledger: ledger)
      #expect(clocks.legalDue?.description == "2026-10-16")
      #expect(clocks.promiseDue?.description == promiseDue)
    }
  }

  @Test func `T14 a promise that stands still ends with the legal limit at the latest`() throws {
    var ledger = SuspensionLedger()
    let listing = ProcedureListing(.siteVisit, basis: "法", stopsPromise: true)
    try ledger.start(.siteVisit, listing: listing, on: try Reading.day("2026-09-16"))
    try ledger.end(on: try Reading.day("2026-10-14"))
    let clocks = try clocks(legal: "20wd", promise: "8wd", ledger: ledger)
    #expect(clocks.promise?.due.description == "2026-10-22")
    #expect(clocks.promiseDue?.description == "2026-10-16")
    #expect(
      clocks.warnings(in: .beijing).map { "\($0.level) \(LegalTime.beijing.day(of: $0.instant))" }
        == ["yellow 2026-10-14", "orange 2026-10-16", "red 2026-10-19", "purple 2026-10-19"]
    )
  }
}

@Suite struct WarningTests {
  static let schedules = TextTable(
    columns: 7,
    """
    # accepted legal promise yellow orange red purple
      09-14    20wd  8wd     09-21  09-23  09-24 10-19  # T17 2.4: two of eight left
      09-14    20wd  20wd    10-12  10-16  10-19 10-19  # T17 2.4: four of twenty left
      09-14    20wd  1wd     09-14  09-15  09-16 10-19  # T17 one day: yellow from the start
      09-14    20wd  0       -      09-14  09-15 10-19  # T17 on the spot: orange from the start
      09-14    20wd  -       10-12  10-16  10-19 10-19  # T17 no promise: the limit warns
      09-14    -     8wd     09-21  09-23  09-24 -      # T17 no limit: no purple
      09-14    -     -       -      -      -     -      # T17 neither: green
      03-02    60d   10d     03-10  03-12  03-13 05-07  # T17 natural days
      09-30    7d    3wd     09-30  10-08  10-09 10-09  # T17 cut short by the limit
    """
  )

  @Test(arguments: schedules.rows) func `when a clock warns`(_ row: TextTable.Row) throws {
    let clocks = try clocks(
      legal: row.columns[1],
      promise: row.columns[2],
      accepted: "2026-\(row.columns[0])"
    )
    let warnings = clocks.warnings(in: .beijing)
    for (level, expected) in zip([Level.yellow, .orange, .red, .purple], row.columns[3...]) {
      let warning = warnings.first { $0.level == level }
      // Where two levels meet on a day, the higher one of the clock says all.
      let isSaid = expected != "-" && !(level == .yellow && expected == row.columns[4])
      #expect(
        warning?.instant
          == (isSaid ? LegalTime.beijing.start(of: try Reading.day("2026-\(expected)")) : nil)
      )
      let due = level == .purple ? clocks.legalDue : clocks.promiseDue
      #expect(warning?.due == (isSaid ? due : nil))
      #expect(warning?.dueInstant == (isSaid ? due.map(LegalTime.beijing.end(of:)) : nil))
      #expect(warning.map { $0.kind == (level == .purple ? .legal : .promise) } ?? true)
    }
    #expect(warnings.map(\.instant) == warnings.map(\.instant).sorted())
  }

  @Test func `T15 a term is over at 24 o'clock of its due day in legal time`() throws {
    let warnings = try clocks(legal: "20wd", promise: "8wd").warnings(in: .beijing)
    #expect(
      warnings.map { LegalTime.beijing.text($0.instant) } == [
        "2026-09-21T00:00:00+08:00", "2026-09-23T00:00:00+08:00",
        "2026-09-24T00:00:00+08:00", "2026-10-19T00:00:00+08:00",
      ]
    )
    #expect(
      warnings.map { LegalTime.beijing.text($0.dueInstant) } == [
        "2026-09-24T00:00:00+08:00", "2026-09-24T00:00:00+08:00",
        "2026-09-24T00:00:00+08:00", "2026-10-17T00:00:00+08:00",
      ]
    )
  }

  static let levels = TextTable(
    columns: 3,
    """
    # pause (! planned to 09-21) at level
      -                      2026-09-14 green  # T17 accepted
      -                      2026-09-20 green  # T17 three left
      -                      2026-09-21 yellow # T17 two left
      -                      2026-09-23 orange # T17 the due day
      -                      2026-09-24 red    # T17 past the promise
      -                      2026-10-18 red    # T17 past the limit, but a Sunday
      -                      2026-10-19 purple # T17 past the limit
      2026-09-16..2026-09-18 2026-09-15 green  # T18 before the pause
      2026-09-16..2026-09-18 2026-09-16 grey   # T18 the day of stopping is grey
      2026-09-16..2026-09-18 2026-09-17 grey   # T18 paused
      2026-09-16..2026-09-18 2026-09-18 green  # T18 the day of resumption is not
      2026-09-16..2026-09-18 2026-09-28 orange # T18 all has moved by two days
      2026-09-24..2026-09-30 2026-09-28 red    # T10 T18 a late pause does not hide a breach
      2026-09-16..           2026-09-20 grey   # T18 open
      2026-09-16..           2026-10-30 grey   # T18 open for long
      2026-09-16..!          2026-09-21 grey   # T18 on the planned end
      2026-09-16..!          2026-09-22 yellow # T18 stale
    """
  )

  @Test(arguments: levels.rows) func `the light of a case`(_ row: TextTable.Row) throws {
    let spans = try Reading.pauses(row.columns[0].split(separator: "!")[0])
    let planned = row.columns[0].hasSuffix("!") ? try Reading.day("2026-09-21") : nil
    let ledger = SuspensionLedger(
      spans.map {
        Suspension(
          procedure: .expertReview,
          stop: $0.stop,
          planned: planned,
          resume: $0.resume,
          stopsLegal: true,
          stopsPromise: true
        )
      }
    )
    let clocks = try clocks(
      legal: "20wd",
      promise: "8wd",
      ledger: ledger,
      today: row.columns[1]
    )
    let instant = LegalTime.beijing.start(of: try Reading.day(row.columns[1]))
    #expect("\(clocks.level(at: instant, in: .beijing))" == row.columns[2])
    let evening = instant.advanced(byMilliseconds: 86_399_999)
    #expect("\(clocks.level(at: evening, in: .beijing))" == row.columns[2])
  }

  @Test func `T18 while a pause is open nothing after its beginning is dated but its end`() throws {
    let open = Suspension(
      procedure: .expertReview,
      stop: try Reading.day("2026-09-22"),
      planned: try Reading.day("2026-09-28"),
      stopsLegal: true,
      stopsPromise: true
    )
    let warnings = try clocks(legal: "20wd", promise: "8wd", ledger: SuspensionLedger([open]))
      .warnings(in: .beijing)
    #expect(
      warnings.map { "\($0.level) \(LegalTime.beijing.day(of: $0.instant))" }
        == ["yellow 2026-09-21", "yellow 2026-09-29"]
    )
  }

  @Test func `T18 a pause of the promise alone leaves the legal warning`() throws {
    let open = Suspension(
      procedure: .siteVisit,
      stop: try Reading.day("2026-09-16"),
      stopsLegal: false,
      stopsPromise: true
    )
    let clocks = try clocks(legal: "20wd", promise: "8wd", ledger: SuspensionLedger([open]))
    #expect(clocks.warnings(in: .beijing).map(\.level) == [.purple])
    let late = LegalTime.beijing.start(of: try Reading.day("2026-10-19"))
    #expect(clocks.level(at: late, in: .beijing) == .purple)
  }

  @Test func `T19 a step warns by its own term`() throws {
    let step = TermClock(start: try Reading.day("2026-09-23"), term: .workingDays(3))
      .reckoned(in: try Reading.calendar.get(), asOf: try Reading.day("2026-09-23"))
    let warnings = step.warnings(of: .step, in: .beijing)
    #expect(warnings.allSatisfy { $0.kind == .step })
    #expect(
      warnings.map { "\($0.level) \(LegalTime.beijing.day(of: $0.instant))" }
        == ["yellow 2026-09-28", "orange 2026-09-29", "red 2026-09-30"]
    )
  }
}
