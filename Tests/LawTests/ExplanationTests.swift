import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct ExplanationTests {
  private func explained(
    _ start: String,
    _ term: String,
    _ pauses: [Pause] = [],
    _ granted: Extension? = nil
  ) throws -> Explanation {
    let clock = TermClock(
      start: try Reading.day(start),
      term: try Reading.term(term),
      pauses: pauses,
      extension: granted
    )
    return clock.reckoned(in: try Reading.calendar.get(), asOf: clock.start).explanation
  }

  private func text(_ explanation: Explanation) -> [String] {
    explanation.lines.map { line in
      "\(line.day) \(line.number.map(String.init) ?? "-") \(line.reason.en)"
    }
  }

  @Test func `T20 a due day is explained day by day`() throws {
    let pause = Pause(
      from: try Reading.day("2026-09-16"),
      upTo: try Reading.day("2026-09-18"),
      procedure: .expertReview
    )
    let explanation = try explained("2026-09-14", "5wd", [pause])
    #expect(
      text(explanation) == [
        "2026-09-14 - the opening day, which does not count",
        "2026-09-15 1 a working day",
        "2026-09-16 - the clock stands still: expert review",
        "2026-09-17 - the clock stands still: expert review",
        "2026-09-18 2 a working day",
        "2026-09-19 - a weekend",
        "2026-09-20 3 a make-up working day (国庆节)",
        "2026-09-21 4 a working day",
        "2026-09-22 5 a working day",
      ]
    )
    #expect(
      explanation.summary
        == Bilingual(
          zh: "自2026-09-14起算（当日不计），5个工作日，至2026-09-22止。其间特别程序停止计时2日。",
          en: "Day 0 is 2026-09-14; 5 working days end on 2026-09-22. "
            + "The clock stood still on 2 of the days between."
        )
    )
    #expect(!explanation.isProvisional)
    #expect(
      explanation.lines.allSatisfy { $0.decree?.title == "国务院办公厅关于2026年部分节假日安排的通知" }
    )
  }

  @Test func `T3 T20 a natural-day term that cannot end on days off says so`() throws {
    #expect(
      try text(explained("2026-09-22", "3d")) == [
        "2026-09-22 - the opening day, which does not count",
        "2026-09-23 1 a natural day",
        "2026-09-24 2 a natural day",
        "2026-09-25 - a holiday (中秋节), on which the term cannot end",
        "2026-09-26 - a holiday (中秋节), on which the term cannot end",
        "2026-09-27 - a holiday (中秋节), on which the term cannot end",
        "2026-09-28 3 a working day",
      ]
    )
  }

  @Test func `T20 the sentences name extension, open pause and provisional days`() throws {
    let granted = Extension(kind: .single, grantedOn: try Reading.day("2026-12-30"))
    let extended = try explained("2026-12-28", "3wd", [], granted)
    #expect(
      extended.summary.en == "Day 0 is 2026-12-28; 3 working days end on 2027-01-14. "
        + "An extension of 10 working days is included. "
        + "Provisional: no decree covers all of these days yet."
    )
    #expect(extended.summary.zh.hasSuffix("经批准延长10个工作日。暂定：相关年份的放假安排尚未公布。"))
    #expect(extended.isProvisional)
    let open = try explained("2026-09-14", "3wd", try Reading.pauses("2026-09-16.."))
    #expect(open.summary.en.hasSuffix("It still stands still, so the day will move."))
    #expect(try explained("2026-10-04", "0").summary.zh == "即办：2026-10-04当日办结。")
  }

  @Test func `T20 every reason is there in both languages`() throws {
    let held = TermClock(
      start: try Reading.day("2026-09-14"),
      term: .workingDays(1),
      heldUntil: try Reading.day("2026-09-17")
    )
    let lines = held.reckoned(in: try Reading.calendar.get(), asOf: held.start).explanation.lines
    #expect(lines.map(\.isCounted) == [false, false, false, true])
    #expect(lines[1].reason.en == "held: a new calendar makes no case overdue in retrospect")
    #expect(lines.allSatisfy { !$0.reason.zh.isEmpty && !$0.reason.en.isEmpty })
  }
}
