internal import Kernel
internal import Law
package import Messages
internal import Service

extension CalendarHandlers {
  /// The last day of a term.
  ///
  /// Reads nothing but the calendar, which is kept decoded.
  package func computeDue(
    _ request: CatalogueV1.ComputeDueRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ComputeDueResponse {
    let calendar = try call.calendar()
    let question = DueQuestion(request)
    guard let clock = question.clock else { throw Refusal.invalid(question.violations) }
    return CatalogueV1.ComputeDueResponse(
      due: clock.message(in: calendar, asOf: call.call.today, byDay: request.explain)
    )
  }
}

/// A question for a last day, checked.
private struct DueQuestion {
  /// The years in which a term may begin: those of which calendars speak.
  private static let years = 1949...2199
  /// How many days a clock may stand still at a time, so that no question takes long.
  private static let longestPause = 3_660
  /// How many days are explained at most.
  private static let mostExplained = 1_500

  private(set) var violations: [Violation] = []
  /// What is asked; nil if something is wrong.
  private(set) var clock: TermClock?

  init(_ request: CatalogueV1.ComputeDueRequest) {
    let start = Day(iso: request.start)
    if !Self.years.contains(start?.year ?? 0) {
      add("start", "OUT_OF_RANGE", "须在 1949 至 2199 年内", "must be within 1949 to 2199")
    }
    let term = Term(request.term)
    if term == nil {
      add("term", "TERM", "期限的数值与单位不符（T8）", "the amount does not fit the unit (T8)")
    }
    let pauses = pauses(request.suspensions, start: start)
    let isLong = term.map { Self.days(of: $0) > Self.mostExplained } ?? false
    if request.explain, isLong || request.suspensions.count > 20 {
      add("explain", "OUT_OF_RANGE", "期限过长，不能逐日说明", "too long to be explained day by day")
    }
    guard let start, let term, violations.isEmpty else { return }
    clock = TermClock(start: start, term: term, pauses: pauses)
  }

  private mutating func add(_ field: String, _ reason: String, _ zh: String, _ en: String) {
    violations.append(Violation(field: field, reason: reason, messageZh: zh, messageEn: en))
  }

  /// How many days a term spans, roughly.
  private static func days(of term: Term) -> Int {
    switch term.unit {
    case .workingDay: term.amount * 7 / 5
    case .naturalDay: term.amount
    case .month: term.amount * 31
    case .immediate: 0
    }
  }

  private mutating func pauses(_ messages: [CatalogueV1.Suspension], start: Day?) -> [Pause] {
    var pauses: [Pause] = []
    for (index, message) in messages.enumerated() {
      let path = "suspensions[\(index)]"
      guard let stop = Day(iso: message.stoppedOn), let resume = Day(iso: message.resumedOn) else {
        continue
      }
      if let start, stop < start {
        add("\(path).stopped_on", "OUT_OF_RANGE", "不得早于起算日", "must not be before day 0")
      }
      if !(1...Self.longestPause).contains(resume.days(since: stop)) {
        add(
          "\(path).resumed_on",
          "OUT_OF_RANGE",
          "须晚于停止日，且不超过 \(Self.longestPause) 天（T9）",
          "must be after the day of stopping, by at most \(Self.longestPause) days (T9)"
        )
      }
      if pauses.contains(where: { stop < ($0.resume ?? stop) && $0.stop < resume }) {
        add(path, "OVERLAP", "停止期间不得重叠（T12）", "no two overlap (T12)")
      }
      pauses.append(Pause(from: stop, upTo: resume))
    }
    return pauses
  }
}
