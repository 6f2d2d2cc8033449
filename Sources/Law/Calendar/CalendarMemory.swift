package import Kernel
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

  /// Words in a box: whether they are of the type that is asked for is known by comparing one word.
  private final class Box<Words: Sendable>: Sendable {
    let words: Words

    init(_ words: Words) {
      self.words = words
    }
  }

  private let answers = Mutex<[Question: any AnyObject & Sendable]>([:])

  func answer<Words: Sendable>(_ question: Question, as type: Words.Type) -> Words? {
    (answers.withLock { $0[question] } as? Box<Words>)?.words
  }

  func keep(_ answer: some Sendable, _ question: Question) {
    let box = Box(answer)
    answers.withLock { answers in
      if answers.count >= Self.most { answers.removeAll(keepingCapacity: true) }
      answers[question] = box
    }
  }

  /// The question for words on a clock; nil if what it says is not kept.
  static func question(_ clock: TermClock, asOf today: Day, isByDay: Bool) -> Question? {
    guard clock.pauses.count <= 4 else { return nil }
    let isOpen = clock.pauses.contains { $0.resume == nil }
    return Question(clock: clock, today: isOpen ? today : clock.start, isByDay: isByDay)
  }
}

extension TermClock {
  /// Returns what `make` says of this clock, worked out once and then remembered by the calendar.
  ///
  /// - Parameters:
  ///   - calendar: The working days.
  ///   - today: When an open pause is taken to end.
  ///   - isByDay: Whether it is said day by day.
  ///   - make: Says it, from nothing but the reckoning: always as the same type.
  /// - Returns: What was said.
  package func remembered<Words: Sendable>(
    in calendar: WorkCalendar,
    asOf today: Day,
    isByDay: Bool,
    _ make: (Reckoning) -> Words
  ) -> Words {
    let question = CalendarMemory.question(self, asOf: today, isByDay: isByDay)
    if let question, let known = calendar.memory.answer(question, as: Words.self) { return known }
    let reckoning = reckoned(in: calendar, asOf: today)
    let words = make(reckoning)
    reckoning.keep(words, question)
    return words
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
    let question = CalendarMemory.question(clock, asOf: today, isByDay: isByDay)
    if let question, let known = calendar.memory.answer(question, as: Words.self) { return known }
    let words = make()
    keep(words, question)
    return words
  }

  fileprivate func keep(_ words: some Sendable, _ question: CalendarMemory.Question?) {
    guard let question, due.days(since: clock.start) <= Self.longest else { return }
    calendar.memory.keep(words, question)
  }
}
