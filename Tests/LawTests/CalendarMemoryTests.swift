import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct CalendarMemoryTests {
  /// How often words are made, and which.
  private func said(_ clock: TermClock, asOf today: Day, _ makings: inout Int) throws -> String {
    let reckoning = clock.reckoned(in: try Reading.calendar.get(), asOf: today)
    return reckoning.remembered(isByDay: false) {
      makings += 1
      return "\(reckoning.due), \(reckoning.summary.en)"
    }
  }

  @Test func `words are made once for a clock, and never taken for those of another`() throws {
    var makings = 0
    let start = try Reading.day("2031-03-03")
    let plain = TermClock(start: start, term: .workingDays(17))
    let first = try said(plain, asOf: start, &makings)
    #expect(try said(plain, asOf: start.advanced(byDays: 4), &makings) == first)
    #expect(makings == 1)
    let others = [
      TermClock(start: start, term: .workingDays(18)),
      TermClock(start: start, term: .naturalDays(17)),
      TermClock(start: start.advanced(byDays: 1), term: .workingDays(17)),
      TermClock(start: start, term: .workingDays(17), heldUntil: start.advanced(byDays: 40)),
    ]
    for other in others { #expect(try said(other, asOf: start, &makings) != first) }
    #expect(makings == 5)
  }

  @Test func `an open pause is spoken of as of its day`() throws {
    var makings = 0
    let start = try Reading.day("2031-03-03")
    let stop = start.advanced(byDays: 3)
    let clock = TermClock(
      start: start,
      term: .workingDays(16),
      pauses: [Pause(from: stop, upTo: nil)]
    )
    let early = try said(clock, asOf: stop.advanced(byDays: 1), &makings)
    let late = try said(clock, asOf: stop.advanced(byDays: 9), &makings)
    #expect(early != late)
    #expect(makings == 2)
  }

  @Test func `calendars are the same when their decrees are`() throws {
    let calendar = try Reading.calendar.get()
    let again = WorkCalendar(revisions: calendar.revisions)
    #expect(again == calendar && again.hashValue == calendar.hashValue)
    #expect(WorkCalendar(revisions: Array(calendar.revisions.dropLast())) != calendar)
  }
}
