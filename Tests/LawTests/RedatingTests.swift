import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct RedatingTests {
  /// The calendar of 2026 with Mondays to Fridays alone, but for the days named here.
  private func calendar(off: String, work: String) throws -> WorkCalendar {
    func named(
      _ text: String,
      _ kind: CalendarRevision.NamedDay.Kind
    ) throws -> [CalendarRevision.NamedDay] {
      guard text != "-" else { return [] }
      return try text.split(separator: ",").map {
        .init(day: try Reading.day("2026-\($0)"), kind: kind, occasion: "made up")
      }
    }
    return WorkCalendar(revisions: [
      CalendarRevision(
        name: "off \(off) work \(work)",
        decree: Decree(title: "made up", url: "https://example.org"),
        years: [2026],
        days: try named(off, .off) + named(work, .work)
      )
    ])
  }

  static let moves = TextTable(
    columns: 6,
    """
    # oldOff newOff newWork     today closed newDue
      -      06-04  -           06-02 no     06-08  # T21 vector 13: a day off moves it later
      06-04  -      -           06-02 no     06-05  # T21 vector 13: one less moves it earlier
      -      06-04  -           06-02 yes    -      # T21 vector 13: closed cases do not move
      -      06-12  -           06-02 no     -      # T21 a day after the due day does not matter
      -      -      05-30,05-31 06-03 no     06-03  # T21 to today, not before
      -      -      05-30,05-31 06-02 no     06-03  # T21 today or later stands as reckoned
      -      -      05-30,05-31 06-05 no     06-05  # T21 held at today, which it was anyhow
      -      -      05-30,05-31 06-08 no     06-05  # T21 already over: not still longer over
      -      06-04  -           06-08 no     06-08  # T21 already over: a later day heals it
      -      -      05-30,05-31 06-04 no     06-04  # T21 held at today
    """
  )

  @Test(arguments: moves.rows) func `a new calendar re-dates a running clock`(
    _ row: TextTable.Row
  ) throws {
    let old = try calendar(off: row.columns[0], work: "-")
    let new = try calendar(off: row.columns[1], work: row.columns[2])
    // Friday 2026-05-29 plus five working days: 2026-06-05 by Monday to Friday.
    let clock = TermClock(start: try Reading.day("2026-05-29"), term: .workingDays(5))
    let today = try Reading.day("2026-\(row.columns[3])")
    let redating = clock.redated(
      from: old,
      to: new,
      today: today,
      isClosed: row.columns[4] == "yes"
    )
    #expect((redating?.newDue.description.dropFirst(5) ?? "-") == row.columns[5])
    if let redating {
      #expect(redating.clock.reckoned(in: new, asOf: today).due == redating.newDue)
      #expect(redating.revisions == new.revisions.map(\.name))
      #expect(redating.summary.en.contains("to \(redating.newDue)") == redating.isMoved)
      #expect(redating.summary.en.contains("in retrospect") == redating.isHeld)
    }
  }

  @Test func `T21 the decree of 2019-03-22 moves an open case, and back`() throws {
    let revisions = try RealCalendar.revisions()
    let second = try #require(revisions.firstIndex { $0.name == "2019-2" })
    let before = WorkCalendar(revisions: Array(revisions[..<second]))
    let after = WorkCalendar(revisions: Array(revisions[...second]))
    let clock = TermClock(start: try Reading.day("2019-04-19"), term: .workingDays(8))
    let today = try Reading.day("2019-04-22")
    let later = try #require(clock.redated(from: before, to: after, today: today, isClosed: false))
    #expect(later.oldDue.description == "2019-05-02")
    #expect(later.newDue.description == "2019-04-30")
    #expect(later.revisions == ["2019-2"])
    #expect(
      later.summary.zh == "工作日历更新（2019-2），截止日期由2019-05-02调整为2019-04-30。"
    )
    let back = try #require(clock.redated(from: after, to: before, today: today, isClosed: false))
    #expect(back.newDue == later.oldDue)
  }

  @Test(arguments: 0..<300) func `T21 no running case becomes overdue in retrospect`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    func made() throws -> WorkCalendar {
      let first = try Reading.day("2026-05-01")
      let days = Set((0..<25).map { _ in Int.random(in: 0..<60, using: &random) })
      return WorkCalendar(revisions: [
        CalendarRevision(
          name: "made up",
          decree: Decree(title: "made up", url: "https://example.org"),
          years: [2026],
          days: days.map {
            let day = first.advanced(byDays: $0)
            return .init(day: day, kind: day.weekday > 5 ? .work : .off, occasion: "")
          }
        )
      ])
    }
    let (old, new) = (try made(), try made())
    let start = try Reading.day("2026-05-04")
    let granted = Extension(
      kind: .single,
      grantedOn: start.advanced(byDays: .random(in: 0...20, using: &random))
    )
    let clock = TermClock(
      start: start,
      term: .workingDays(.random(in: 1...15, using: &random)),
      extension: Bool.random(using: &random) ? granted : nil
    )
    let oldDue = clock.reckoned(in: old, asOf: start).due
    let today = start.advanced(byDays: .random(in: 1...40, using: &random))
    let redating = clock.redated(from: old, to: new, today: today, isClosed: false)
    guard let redating else { return }
    #expect(redating.newDue >= min(oldDue, today))
    #expect(redating.clock.reckoned(in: new, asOf: today).due == redating.newDue)
  }
}
