internal import Kernel
internal import Synchronization

/// What was said of due days by one calendar, so that the same words are not made each time.
///
/// Thousands of applications begin on the same days under the same terms. It only ever answers what
/// would be worked out again, and lives as long as its calendar.
final class CalendarMemory: Sendable {
  /// What is asked for.
  struct Question: Sendable, Hashable {
    var clock: TermClock
    /// When an open pause was taken to end; the opening day if none is open.
    var today: Day
    /// Which words.
    var isByDay: Bool
  }

  /// How many answers are kept; beyond it all are dropped.
  private static let most = 500

  private let answers = Mutex<[Question: any Sendable]>([:])

  func answer<Words>(_ question: Question, as type: Words.Type) -> Words? {
    answers.withLock { $0[question] } as? Words
  }

  func keep(_ answer: some Sendable, _ question: Question) {
    answers.withLock { answers in
      if answers.count >= Self.most { answers.removeAll(keepingCapacity: true) }
      answers[question] = answer
    }
  }
}

extension Reckoning {
  /// How many days a remembered answer may span, so that the memory stays small.
  private static let longest = 90

  /// Returns what `make` says of this reckoning, made once and then remembered by the calendar.
  ///
  /// - Parameters:
  ///   - isByDay: Whether it is said day by day.
  ///   - make: Says it, from nothing but the reckoning: always as the same type.
  /// - Returns: What was said.
  package func remembered<Words: Sendable>(isByDay: Bool, _ make: () -> Words) -> Words {
    guard due.days(since: clock.start) <= Self.longest, clock.pauses.count <= 4 else {
      return make()
    }
    let isOpen = clock.pauses.contains { $0.resume == nil }
    let question = CalendarMemory.Question(
      clock: clock,
      today: isOpen ? today : clock.start,
      isByDay: isByDay
    )
    if let known = calendar.memory.answer(question, as: Words.self) { return known }
    let words = make()
    calendar.memory.keep(words, question)
    return words
  }
}
