internal import Kernel
internal import Messages
internal import Service
internal import TestSupport

/// Proposes what happens next, from one seed.
struct Workload {
  private var generator: SeededGenerator
  private var answered: [(act: Act, answer: Hallway.Answered, at: Instant)] = []
  private let legalTime = LegalTime.beijing

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &generator) < percent
  }

  private mutating func any<C: Collection>(_ choices: C) -> C.Element? {
    choices.randomElement(using: &generator)
  }

  /// Does one thing.
  mutating func step(_ hallway: Hallway) throws {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<52: try call(hallway)
    case 52..<56: try repeatCall(hallway)
    case 56..<76: try deliver(hallway)
    case 76..<88: try hallway.step(any(Hallway.names) ?? "intake")
    case 88..<97: advance(hallway)
    default: try hallway.crash(any(Hallway.names) ?? "intake")
    }
  }

  // MARK: - Calls

  private mutating func call(_ hallway: Hallway) throws {
    guard let act = propose(hallway) else { return }
    let answer = chance(4) ? try hallway.callAndCrash(act) : try hallway.call(act)
    if let answer { answered.append((act, answer, hallway.clock.now)) }
  }

  private mutating func repeatCall(_ hallway: Hallway) throws {
    // An answer is kept for seven days.
    let floor = hallway.clock.now.advanced(byMilliseconds: -6 * 86_400_000)
    answered.removeAll { $0.at < floor }
    guard let earlier = any(answered) else { return }
    try hallway.repeatCall(earlier.act, earlier.answer)
  }

  private mutating func propose(_ hallway: Hallway) -> Act? {
    let auditor = hallway.auditor
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<9:
      let item = any(Town.items)?.code ?? "X1"
      return chance(70) ? .submit(item: item) : .walkIn(item: item)
    case 9..<38: return atIntake(auditor.intake)
    default: return atApproval(auditor.approval, legalTime.day(of: hallway.clock.now))
    }
  }

  private mutating func atIntake(_ intake: IntakeModel) -> Act? {
    let matters = intake.numbers.compactMap { intake.matters[$0] }
    let open = matters.filter { $0.state != .closed && $0.state != .handled }
    guard let matter = any(chance(85) && !open.isEmpty ? open : matters) else { return nil }
    let number = matter.number
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<3: return .receive(number)
    case 3..<8: return .requestCorrection(number)
    case 8..<13:
      let gaps: [UInt32] = chance(60) ? [0, 1] : [chance(50) ? 0 : 1]
      return .supply(number, gaps: gaps)
    case 13..<19: return .accept(number)
    default: return .withdraw(number, isOnline: matter.isOnline)
    }
  }

  private mutating func atApproval(_ approval: ApprovalModel, _ today: Day) -> Act? {
    let files = approval.numbers.compactMap { approval.cases[$0] }
    let running = files.filter { $0.state.isRunning || $0.state == .granted }
    guard let file = any(chance(90) && !running.isEmpty ? running : files) else { return nil }
    let (number, department) = (file.number, file.item.departmentCode)
    // Half of the calls are those that the case waits for.
    if chance(50) {
      if file.state == .deciding {
        return .decide(number, granted: chance(70), department: department)
      }
      if file.state == .granted { return .deliver(number) }
      if let open = file.procedures.last, open.resume == nil, chance(40) {
        return .end(number, procedure: open.id, department: department)
      }
      return work(on: file, among: file.tasks.filter(\.isLive))
    }
    switch Int.random(in: 0..<16, using: &generator) {
    case 0..<4: return work(on: file, among: file.tasks)
    case 4..<9:
      let kinds = file.item.specialProcedures.map(\.kind) + [.tender]
      guard let kind = any(kinds) else { return nil }
      let until = today.advanced(byDays: Int.random(in: -1...9, using: &generator))
      return .start(number, kind, until: until, department: department)
    case 9..<13:
      let procedure = file.procedures.last?.id ?? "none"
      return .end(number, procedure: procedure, department: department)
    case 13..<15: return .decide(number, granted: chance(70), department: department)
    default: return .deliver(number)
    }
  }

  private mutating func work(
    on file: ApprovalModel.Case,
    among tasks: [ApprovalModel.Task]
  ) -> Act? {
    guard let task = any(tasks) else { return nil }
    let name = TaskName(number: file.number, code: task.code, id: task.id, post: task.post)
    if chance(25) { return .claim(name) }
    return task.isConsultation != chance(5) ? .answer(name) : .opine(name)
  }

  // MARK: - Feeds and time

  private mutating func deliver(_ hallway: Hallway) throws {
    let name = any(Hallway.names) ?? "intake"
    let upstream = any(["intake", "approval"]) ?? "intake"
    try hallway.deliver(
      from: upstream,
      to: name,
      most: chance(50) ? .max : Int.random(in: 1...4, using: &generator),
      again: chance(20) ? Int.random(in: 1...5, using: &generator) : 0,
      tellingHead: chance(50)
    )
    if chance(80) { try hallway.step(name) }
  }

  private mutating func advance(_ hallway: Hallway) {
    let minute: Int64 = 60_000
    let span: ClosedRange<Int64> =
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4: 1...(120 * minute)
      case 4..<8: (2 * 60 * minute)...(26 * 60 * minute)
      default: (24 * 60 * minute)...(5 * 24 * 60 * minute)
      }
    hallway.clock.advance(byMilliseconds: Int64.random(in: span, using: &generator))
    hallway.note("time passes")
  }

  /// Delivers everything and lets time pass until nothing more can happen.
  mutating func finish(_ hallway: Hallway) throws {
    for round in 0..<14 {
      var isQuiet = false
      while !isQuiet {
        let before = hallway.tally.entries
        for name in Hallway.names {
          for upstream in ["intake", "approval"] where upstream != name {
            try hallway.deliver(from: upstream, to: name, most: .max, tellingHead: true)
          }
          try hallway.step(name)
        }
        isQuiet = hallway.tally.entries == before && Hallway.names.allSatisfy(hallway.hasSeenAll)
      }
      guard round < 13 else { return }
      hallway.clock.advance(
        byMilliseconds: Int64.random(in: 1...10, using: &generator) * 86_400_000
      )
      hallway.note("time passes")
    }
  }
}
