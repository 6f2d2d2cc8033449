import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct SuspensionLedgerTests {
  static let kinds = TextTable(
    columns: 5,
    """
    # procedure          legal promiseIfListed promiseIfNot code
      hearing            yes   yes  refused 2  # T11 听证
      tender             yes   yes  refused 2  # T11 招标
      auction            yes   yes  refused 2  # T11 拍卖
      inspection         yes   yes  refused 2  # T11 检验
      testing            yes   yes  refused 2  # T11 检测
      quarantine         yes   yes  refused 2  # T11 检疫
      appraisal          yes   yes  refused 2  # T11 鉴定
      expertReview       yes   yes  refused 2  # T11 专家评审
      siteVisit          no    item no      2  # T11 现场踏勘, vector 4
      publicNotice       no    item no      2  # T11 公示
      rectification      no    item no      2  # T11 整改
      meeting            no    item no      2  # T11 会议
      governmentApproval no    item no      2  # T11 政府审批
      toleratedMaterials no    item no      2  # T11 容缺
      termExtension      -     -    -       1  # T11 T13 延长审批 stops nothing
    """
  )

  /// What a ledger notes of a procedure that an item lists, or does not.
  private func stopped(
    _ procedure: SpecialProcedure,
    _ listing: ProcedureListing?
  ) throws -> Suspension? {
    var ledger = SuspensionLedger()
    do {
      try ledger.start(procedure, listing: listing, on: try Reading.day("2026-09-16"))
    } catch SuspensionLedger.Refusal.notListed {
      return nil
    }
    return ledger.open
  }

  @Test(arguments: kinds.rows) func `what a special procedure stops`(
    _ row: TextTable.Row
  ) throws {
    let procedure = try #require(
      SpecialProcedure.allCases.first { "\($0)" == row.columns[0] }
    )
    #expect(String(procedure.nationalCode) == row.columns[4])
    guard procedure != .termExtension else {
      #expect(throws: SuspensionLedger.Refusal.extensionStopsNothing) {
        try stopped(procedure, nil)
      }
      return
    }
    let silent = try stopped(procedure, ProcedureListing(procedure, basis: "法"))
    #expect(silent?.stopsLegal == (row.columns[1] == "yes"))
    #expect(silent?.stopsPromise == (row.columns[2] == "yes"))
    let saying = try stopped(
      procedure,
      ProcedureListing(procedure, basis: "法", stopsPromise: true)
    )
    #expect(saying?.stopsLegal == (row.columns[1] == "yes"))
    #expect(saying?.stopsPromise == true)
    for missing in [nil, ProcedureListing(procedure, basis: "", stopsPromise: true)] {
      let unlisted = try stopped(procedure, missing)
      #expect((unlisted == nil) == (row.columns[3] == "refused"))
      #expect(unlisted?.stopsPromise ?? false == false)
    }
  }

  @Test func `every procedure is in the table`() {
    #expect(Self.kinds.rows.map { $0.columns[0] } == SpecialProcedure.allCases.map { "\($0)" })
  }

  static let moves = TextTable(
    columns: 4,
    """
    # ledger                  move  day         result
      -                       start 2026-09-16  open     # T12 the first
      -                       end   2026-09-16  nothingOpen       # T12 nothing runs
      2026-09-16..            start 2026-09-18  stillOpen         # T12 one at a time
      2026-09-16..            start 2026-09-10  stillOpen         # T12 also earlier
      2026-09-16..            end   2026-09-18  closed   # T12 it ends
      2026-09-16..            end   2026-09-16  closed   # T9 T12 it may end as it began
      2026-09-16..            end   2026-09-15  endsBeforeItBegan # T12 not before
      2026-09-16..2026-09-18  start 2026-09-18  open     # T9 T12 the day of resumption is free
      2026-09-16..2026-09-18  start 2026-09-17  overlaps          # T12 a stopped day is not
      2026-09-16..2026-09-18  start 2026-09-10  overlaps          # T12 nor the time before
      2026-09-16..2026-09-18  end   2026-09-20  nothingOpen       # T12 it has ended
    """
  )

  @Test(arguments: moves.rows) func `what a ledger admits`(_ row: TextTable.Row) throws {
    var ledger = SuspensionLedger(
      try Reading.pauses(row.columns[0]).map {
        Suspension(
          procedure: .expertReview,
          stop: $0.stop,
          resume: $0.resume,
          stopsLegal: true,
          stopsPromise: true
        )
      }
    )
    let before = ledger
    let day = try Reading.day(row.columns[2])
    do throws(SuspensionLedger.Refusal) {
      if row.columns[1] == "start" {
        let listing = ProcedureListing(.expertReview, basis: "法")
        try ledger.start(.expertReview, listing: listing, on: day)
      } else {
        try ledger.end(on: day)
      }
      #expect((ledger.open == nil ? "closed" : "open") == row.columns[3])
    } catch {
      #expect("\(error)" == row.columns[3])
      #expect(ledger == before)
    }
  }

  @Test func `T10 stored records are put in order`() throws {
    let stops = ["2026-09-23", "2026-09-16", "2026-09-20"]
    let ledger = SuspensionLedger(
      try stops.map { stop in
        let day = try Reading.day(stop)
        return Suspension(
          procedure: .meeting,
          stop: day,
          resume: day.advanced(byDays: 1),
          stopsLegal: false,
          stopsPromise: true
        )
      }
    )
    #expect(ledger.pauses(of: .promise).map(\.stop.description) == stops.sorted())
    #expect(ledger.pauses(of: .legal) == [])
  }

  @Test func `T12 a planned end lies after the beginning`() throws {
    let day = try Reading.day("2026-09-16")
    let listing = ProcedureListing(.testing, basis: "法")
    #expect(throws: SuspensionLedger.Refusal.plannedEndNotAfterStart) {
      var ledger = SuspensionLedger()
      try ledger.start(.testing, listing: listing, on: day, planned: day)
    }
    var ledger = SuspensionLedger()
    try ledger.start(.testing, listing: listing, on: day, planned: day.advanced(byDays: 1))
    #expect(ledger.pauses(of: .legal) == ledger.pauses(of: .step))
    #expect(ledger.pauses(of: .promise).first?.planned == day.advanced(byDays: 1))
  }
}
