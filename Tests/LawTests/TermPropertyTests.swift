import Kernel
import TestSupport
import Testing

@testable import Law

/// A made-up case and calendar.
private struct Made {
  var calendar: WorkCalendar
  var clock: TermClock
  var random: SeededGenerator

  init(seed: UInt64) throws {
    random = SeededGenerator(seed: seed)
    let first = try #require(Day(year: 2026, month: 1, day: 1))
    var days: [Day: CalendarRevision.NamedDay] = [:]
    for _ in 0..<60 {
      let day = first.advanced(byDays: .random(in: 0..<720, using: &random))
      let kind = day.weekday > 5 ? CalendarRevision.NamedDay.Kind.work : .off
      days[day] = .init(day: day, kind: kind, occasion: "made up")
    }
    let decree = Decree(title: "made up", url: "https://example.org")
    calendar = WorkCalendar(revisions: [
      CalendarRevision(
        name: "made up",
        decree: decree,
        years: [2026, 2027],
        days: Array(days.values)
      )
    ])
    let start = first.advanced(byDays: .random(in: 0..<300, using: &random))
    var pauses: [Pause] = []
    var stop = start.advanced(byDays: .random(in: -5...20, using: &random))
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let resume = stop.advanced(byDays: .random(in: 0...15, using: &random))
      pauses.append(Pause(from: stop, upTo: resume))
      stop = resume.advanced(byDays: .random(in: 0...15, using: &random))
    }
    let amount = Int.random(in: 1...60, using: &random)
    let term: Term =
      switch Int.random(in: 0..<5, using: &random) {
      case 0: .naturalDays(amount)
      case 1: .months(amount % 4 + 1)
      default: .workingDays(amount)
      }
    clock = TermClock(start: start, term: term, pauses: pauses)
  }

  func reckoned(_ clock: TermClock) -> Reckoning {
    clock.reckoned(in: calendar, asOf: clock.start)
  }
}

/// The handbook's formula, written down once more and without any thought of speed.
private func dueByFormula(_ clock: TermClock, in calendar: WorkCalendar) -> Day {
  func due(stopped: Int) -> Day {
    var day = clock.start
    if clock.term.unit == .workingDay {
      for _ in 0..<(clock.term.amount + stopped) { day = calendar.workingDay(after: day) }
      return day
    }
    day = day.advanced(byDays: clock.length + stopped)
    while !calendar.isWorkingDay(day) || isStopped(day) { day = day.advanced(byDays: 1) }
    return day
  }
  func isStopped(_ day: Day) -> Bool {
    clock.pauses.contains { pause in pause.stop <= day && pause.resume.map { day < $0 } ?? false }
  }
  var stopped = 0
  for pause in clock.pauses where pause.stop <= due(stopped: stopped) {
    var day = max(pause.stop, clock.start.advanced(byDays: 1))
    while let resume = pause.resume, day < resume {
      if clock.term.unit != .workingDay || calendar.isWorkingDay(day) { stopped += 1 }
      day = day.advanced(byDays: 1)
    }
  }
  return due(stopped: stopped)
}

@Suite struct TermPropertyTests {
  @Test(arguments: 0..<500) func `the walk agrees with the formula`(seed: UInt64) throws {
    let made = try Made(seed: seed)
    #expect(made.reckoned(made.clock).due == dueByFormula(made.clock, in: made.calendar))
  }

  @Test(arguments: 0..<300) func `a term ends on a worked day that does not stand still`(
    seed: UInt64
  ) throws {
    let made = try Made(seed: seed)
    let reckoning = made.reckoned(made.clock)
    #expect(made.calendar.isWorkingDay(reckoning.due))
    #expect(!reckoning.isPaused(on: reckoning.due))
    #expect(reckoning.due >= made.clock.start.advanced(byDays: reckoning.total))
  }

  @Test(arguments: 0..<300) func `a longer term never ends earlier`(seed: UInt64) throws {
    let made = try Made(seed: seed)
    let term = made.clock.term
    let longer = TermClock(
      start: made.clock.start,
      term: try #require(Term(term.amount + 1, term.unit)),
      pauses: made.clock.pauses
    )
    #expect(made.reckoned(longer).due >= made.reckoned(made.clock).due)
    if term.unit == .workingDay {
      #expect(made.reckoned(longer).due > made.reckoned(made.clock).due)
    }
  }

  @Test(arguments: 0..<300) func `a pause never shortens a term`(seed: UInt64) throws {
    let made = try Made(seed: seed)
    var pauses: [Pause] = []
    var last = made.reckoned(
      TermClock(start: made.clock.start, term: made.clock.term)
    )
    for pause in made.clock.pauses {
      pauses.append(pause)
      let next = made.reckoned(
        TermClock(start: made.clock.start, term: made.clock.term, pauses: pauses)
      )
      #expect(next.due >= last.due)
      last = next
    }
  }

  @Test(arguments: 0..<300) func `an extension adds its working days in time, or nothing`(
    seed: UInt64
  ) throws {
    var made = try Made(seed: seed)
    let due = made.reckoned(made.clock).due
    let granted = due.advanced(byDays: .random(in: -3...3, using: &made.random))
    let extended = made.reckoned(
      TermClock(
        start: made.clock.start,
        term: made.clock.term,
        extension: Extension(kind: .single, grantedOn: granted)
      )
    )
    let plain = made.reckoned(TermClock(start: made.clock.start, term: made.clock.term))
    let expected = granted <= plain.due ? 10 : 0
    #expect(made.calendar.workingDays(after: plain.due, through: extended.due) == expected)
  }

  @Test(arguments: 0..<300) func `the last counted day is the due day`(seed: UInt64) throws {
    let made = try Made(seed: seed)
    let reckoning = made.reckoned(made.clock)
    let lines = reckoning.explanation.lines
    #expect(lines.first?.day == made.clock.start)
    #expect(lines.first?.isCounted == false)
    #expect(lines.last { $0.isCounted }?.day == reckoning.due)
    #expect(lines.last?.day == reckoning.due)
    #expect(lines.compactMap(\.number) == Array(1...reckoning.total))
    #expect(zip(lines, lines.dropFirst()).allSatisfy { $1.day.days(since: $0.day) == 1 })
  }

  @Test(arguments: 0..<300) func `at the due day the whole term has elapsed, and not before`(
    seed: UInt64
  ) throws {
    let made = try Made(seed: seed)
    let reckoning = made.reckoned(made.clock)
    #expect(reckoning.total == made.clock.length)
    #expect(reckoning.elapsed(at: reckoning.due) == reckoning.total)
    #expect(reckoning.elapsed(at: reckoning.due.advanced(byDays: -1)) < reckoning.total)
    #expect(reckoning.elapsed(at: made.clock.start) == 0)
    var last = 0
    for offset in -3...150 {
      let elapsed = reckoning.elapsed(at: made.clock.start.advanced(byDays: offset))
      #expect(elapsed >= last)
      last = elapsed
    }
  }
}
