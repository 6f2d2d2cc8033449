internal import Kernel
internal import Law
internal import Messages
internal import Service

/// What the auditor knows of intake: what was acknowledged, and what the law makes of it.
struct IntakeModel {
  enum State: Hashable {
    case submitted, received, correction, corrected, handled, closed
  }

  struct Matter {
    let number: String
    let item: CatalogueV1.Item
    let isOnline: Bool
    let receivedOn: Day
    var state: State
    var fiveDaysFrom: Day
    var isNotified = false
    var answerBy: Day?
    var completedOn: Day?
    var openGaps: Set<UInt32> = []
    var acceptedOn: Day?
  }

  private(set) var matters: [String: Matter] = [:]
  /// The numbers in the order in which they were given.
  private(set) var numbers: [String] = []
  private var sequences: [String: Int] = [:]
  private let legalTime = LegalTime.beijing

  // MARK: - Timers

  /// What silence does by an instant.
  mutating func timers(_ now: Instant) -> [String] {
    var lines: [String] = []
    for number in numbers {
      guard let matter = matters[number] else { continue }
      switch matter.state {
      case .submitted, .received, .corrected:
        guard now >= legalTime.end(of: fiveDaysEnd(matter)) else { continue }
        lines.append(accept(number, on: matter.fiveDaysFrom, deemed: true))
      case .correction:
        guard let day = matter.answerBy, now >= legalTime.end(of: day) else { continue }
        matters[number]?.state = .closed
        lines.append("Returned \(number)")
      case .handled, .closed: continue
      }
    }
    return lines
  }

  private func fiveDaysEnd(_ matter: Matter) -> Day {
    TermClock(start: matter.fiveDaysFrom, term: .receipt)
      .reckoned(in: Town.calendar, asOf: matter.fiveDaysFrom).due
  }

  // MARK: - Calls

  /// The entries that a call leaves, or nil if it must be refused.
  mutating func call(_ act: Act, _ now: Instant) -> [String]? {
    let today = legalTime.day(of: now)
    switch act {
    case .submit(let item): return [file(item, isOnline: true, now)]
    case .walkIn(let item): return [file(item, isOnline: false, now)]
    case .receive(let number):
      guard isOpen(number, [.submitted], now) else { return nil }
      matters[number]?.state = .received
      return ["Received \(number)"]
    case .requestCorrection(let number):
      guard isOpen(number, [.submitted, .received], now), matters[number]?.isNotified == false
      else { return nil }
      let answerBy = TermClock(start: today, term: .correction)
        .reckoned(in: Town.calendar, asOf: today).due
      matters[number]?.state = .correction
      matters[number]?.isNotified = true
      matters[number]?.answerBy = answerBy
      matters[number]?.openGaps = [0, 1]
      return ["CorrectionRequested \(number) by \(answerBy)"]
    case .supply(let number, let gaps): return supply(number, gaps, now)
    case .accept(let number):
      guard isOpen(number, [.submitted, .received, .corrected], now) else { return nil }
      return [accept(number, on: matters[number]?.completedOn ?? today, deemed: false)]
    case .withdraw(let number, _):
      guard let state = matters[number]?.state, state != .closed else { return nil }
      matters[number]?.state = .closed
      return ["Withdrawn \(number) accepted=\(state == .handled)"]
    default: return nil
    }
  }

  /// Whether a matter is in one of some states and its five days are not over.
  private func isOpen(_ number: String, _ states: Set<State>, _ now: Instant) -> Bool {
    guard let matter = matters[number], states.contains(matter.state) else { return false }
    return now < legalTime.end(of: fiveDaysEnd(matter))
  }

  private mutating func file(_ item: String, isOnline: Bool, _ now: Instant) -> String {
    let today = legalTime.day(of: now)
    let item = Town.item(item)
    let sequence = sequences["\(today) \(item.departmentCode)", default: 0] + 1
    sequences["\(today) \(item.departmentCode)"] = sequence
    let number =
      CaseNumber(
        region: Room.hall,
        day: today,
        department: Int(item.departmentCode) ?? 0,
        sequence: sequence
      )?.text ?? ""
    matters[number] = Matter(
      number: number,
      item: item,
      isOnline: isOnline,
      receivedOn: today,
      state: isOnline ? .submitted : .received,
      fiveDaysFrom: today
    )
    numbers.append(number)
    return "\(isOnline ? "Submitted" : "Received") \(number)"
  }

  private mutating func supply(_ number: String, _ gaps: [UInt32], _ now: Instant) -> [String]? {
    if let matter = matters[number], matter.state == .corrected {
      // Nothing is open any more: said again it moves no day.
      return now < legalTime.end(of: fiveDaysEnd(matter)) ? [] : nil
    }
    guard var matter = matters[number], matter.state == .correction,
      let answerBy = matter.answerBy, now < legalTime.end(of: answerBy)
    else { return nil }
    matter.openGaps.subtract(gaps)
    defer { matters[number] = matter }
    guard matter.openGaps.isEmpty else { return [] }
    let today = legalTime.day(of: now)
    matter.state = .corrected
    matter.completedOn = today
    matter.fiveDaysFrom = today
    return ["CorrectionCompleted \(number) on \(today) due \(fiveDaysEnd(matter))"]
  }

  private mutating func accept(_ number: String, on day: Day, deemed: Bool) -> String {
    guard var matter = matters[number] else { return "" }
    matter.state = .handled
    matter.acceptedOn = day
    matters[number] = matter
    let days = StartDays(
      accepted: day,
      received: matter.receivedOn,
      complete: matter.completedOn ?? matter.receivedOn
    )
    let start = StartEvent(matter.item.startEvent)
    let clocks = Clocks(
      days: days,
      legal: Term(matter.item.legalLimit).map { Limit($0, from: start) },
      promise: Term(matter.item.promise).map { Limit($0) },
      calendar: Town.calendar,
      asOf: day
    )
    let words = [clocks.promiseDue, clocks.legalDue].map { $0?.description ?? "-" }
    return "Accepted \(number) on \(day) deemed=\(deemed) from \(days[start]) "
      + "promise \(words[0]) legal \(words[1])"
  }

  // MARK: - Approval's entries

  /// Intake only remembers what approval tells; nothing is published for it.
  mutating func follow(_ entry: FeedV1.Entry) {
    guard entry.type == "CaseDecided" else { return }
    matters[entry.subject]?.state = .closed
  }
}
