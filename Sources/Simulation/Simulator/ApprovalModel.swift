internal import Kernel
internal import Law
internal import Messages
internal import Service

/// What the auditor knows of approval.
struct ApprovalModel {
  enum State: Hashable {
    case reviewing, suspended, deciding, granted, denied, delivered, withdrawn

    var isRunning: Bool { self == .reviewing || self == .suspended || self == .deciding }
  }

  struct Task {
    let code: String
    let post: String
    let isConsultation: Bool
    let start: Day
    let term: Term
    var id = ""
    var isLive = true
    var isClaimed = false
  }

  struct Procedure {
    let kind: CommonV1.SpecialProcedureKind
    let stop: Day
    let stopsLegal: Bool
    let stopsPromise: Bool
    var id = ""
    var resume: Day?

    var stopsClock: Bool { stopsLegal || stopsPromise }
  }

  struct Case {
    let number: String
    let item: CatalogueV1.Item
    let acceptedOn: Day
    let legalStart: Day
    var state = State.reviewing
    var stage = -1
    var tasks: [Task] = []
    var procedures: [Procedure] = []

    var ledger: SuspensionLedger {
      SuspensionLedger(
        procedures.map { procedure in
          Suspension(
            procedure: SpecialProcedure(procedure.kind) ?? .meeting,
            stop: procedure.stop,
            resume: procedure.resume,
            stopsLegal: procedure.stopsLegal,
            stopsPromise: procedure.stopsPromise
          )
        }
      )
    }

    /// The due days that the law gives, from the auditor's own record of pauses.
    func clocks(asOf day: Day) -> Clocks {
      Clocks(
        days: StartDays(accepted: acceptedOn, received: legalStart),
        legal: Term(item.legalLimit).map { Limit($0, from: .received) },
        promise: Term(item.promise).map { Limit($0) },
        ledger: ledger,
        calendar: Town.calendar,
        asOf: day
      )
    }

    func reckoning(_ task: Task, asOf day: Day) -> Reckoning {
      TermClock(start: task.start, term: task.term, pauses: ledger.pauses(of: .step))
        .reckoned(in: Town.calendar, asOf: day)
    }
  }

  private(set) var cases: [String: Case] = [:]
  /// The numbers in the order in which the cases were opened.
  private(set) var numbers: [String] = []
  private let legalTime = LegalTime.beijing

  // MARK: - Timers

  /// The consents that silence has given by an instant.
  mutating func timers(_ now: Instant) -> [String] {
    var lines: [String] = []
    for number in numbers {
      guard var file = cases[number], file.state.isRunning else { continue }
      let today = legalTime.day(of: now)
      // All timers were read before the first of them takes effect.
      for index in file.tasks.indices where file.tasks[index].isLive {
        guard file.tasks[index].isConsultation else { continue }
        let reckoning = file.reckoning(file.tasks[index], asOf: today)
        let silence = legalTime.start(of: Town.calendar.workingDay(after: reckoning.due))
        guard reckoning.openPause == nil, now >= silence else { continue }
        file.tasks[index].isLive = false
        lines.append("Presumed \(number) \(file.tasks[index].code) \(Line.text(silence))")
        lines += proceed(&file, today)
      }
      cases[number] = file
    }
    return lines
  }

  // MARK: - Calls

  /// The entries that a call leaves, or nil if it must be refused.
  mutating func call(_ act: Act, _ now: Instant) -> [String]? {
    let today = legalTime.day(of: now)
    switch act {
    case .claim(let task): return claim(task)
    case .opine(let task): return finish(task, isConsultation: false, today)
    case .answer(let task): return finish(task, isConsultation: true, today)
    case .start(let number, let kind, let until, _): return start(number, kind, until, today)
    case .end(let number, let procedure, _): return end(number, procedure, today)
    case .decide(let number, let granted, _):
      guard let file = cases[number], file.state == .deciding,
        file.procedures.allSatisfy({ $0.resume != nil })
      else { return nil }
      cases[number]?.state = granted ? .granted : .denied
      let delivery = TermClock(start: today, term: .delivery)
        .reckoned(in: Town.calendar, asOf: today).due
      return ["Decided \(number) granted=\(granted) \(granted ? delivery.description : "-")"]
    case .deliver(let number):
      guard let state = cases[number]?.state, state == .granted || state == .denied else {
        return nil
      }
      cases[number]?.state = .delivered
      return ["Delivered \(number)"]
    default: return nil
    }
  }

  private mutating func claim(_ name: TaskName) -> [String]? {
    guard let file = cases[name.number], file.state == .reviewing || file.state == .suspended,
      let index = file.tasks.firstIndex(where: { $0.id == name.id }), file.tasks[index].isLive
    else { return nil }
    if file.tasks[index].isClaimed { return [] }
    cases[name.number]?.tasks[index].isClaimed = true
    return ["Claimed \(name.number) \(name.code)"]
  }

  private mutating func finish(
    _ name: TaskName,
    isConsultation: Bool,
    _ today: Day
  ) -> [String]? {
    guard var file = cases[name.number], file.state == .reviewing || file.state == .suspended,
      let index = file.tasks.firstIndex(where: { $0.id == name.id }), file.tasks[index].isLive,
      file.tasks[index].isConsultation == isConsultation
    else { return nil }
    file.tasks[index].isLive = false
    let lines = ["Done \(name.number) \(name.code)"] + proceed(&file, today)
    cases[name.number] = file
    return lines
  }

  /// The next stage, or the decision, once nothing of a stage is left.
  private func proceed(_ file: inout Case, _ today: Day) -> [String] {
    guard !file.tasks.contains(where: \.isLive) else { return [] }
    file.stage += 1
    guard file.item.stages.indices.contains(file.stage) else {
      guard file.state == .reviewing else { return [] }
      file.state = .deciding
      return ["Ready \(file.number)"]
    }
    return file.item.stages[file.stage].tasks.map { plan in
      let task = Task(
        code: plan.code,
        post: plan.postCode,
        isConsultation: plan.nature == .consult,
        start: today,
        term: Term(plan.limit) ?? .immediate
      )
      file.tasks.append(task)
      let due = file.reckoning(task, asOf: today).due
      return "TaskOpened \(file.number) \(plan.code) from \(today) due \(due)"
    }
  }

  private mutating func start(
    _ number: String,
    _ kind: CommonV1.SpecialProcedureKind,
    _ until: Day,
    _ today: Day
  ) -> [String]? {
    guard let file = cases[number], file.state.isRunning,
      file.procedures.allSatisfy({ $0.resume != nil }), until >= today,
      let rule = file.item.specialProcedures.first(where: { $0.kind == kind })
    else { return nil }
    let stopsLegal = SpecialProcedure(kind)?.stopsLegalClock == true
    let procedure = Procedure(
      kind: kind,
      stop: today,
      stopsLegal: stopsLegal,
      stopsPromise: stopsLegal || rule.stopsPromise
    )
    cases[number]?.procedures.append(procedure)
    if procedure.stopsClock { cases[number]?.state = .suspended }
    return [
      "Started \(number) on \(today) until \(until) "
        + "stops \(procedure.stopsLegal) \(procedure.stopsPromise)"
    ]
  }

  private mutating func end(_ number: String, _ id: String, _ today: Day) -> [String]? {
    guard var file = cases[number], file.state.isRunning,
      let index = file.procedures.firstIndex(where: { $0.id == id && $0.resume == nil })
    else { return nil }
    file.procedures[index].resume = today
    let clocks = file.clocks(asOf: today)
    let words = [clocks.promiseDue, clocks.legalDue].map { $0?.description ?? "-" }
    var lines = ["Ended \(number) on \(today) promise \(words[0]) legal \(words[1])"]
    if file.procedures[index].stopsClock {
      let isDone = !file.tasks.contains(where: \.isLive)
      file.state = isDone ? .deciding : .reviewing
      if isDone { lines.append("Ready \(number)") }
    }
    cases[number] = file
    return lines
  }

  // MARK: - Intake's entries

  /// What an entry of intake leaves here; it takes effect as of its own instant.
  mutating func follow(_ entry: FeedV1.Entry) throws -> [String] {
    let instant = entry.recordedAt?.instant ?? Room.opening
    switch entry.type {
    case "ApplicationAccepted":
      let event = try IntakeV1.ApplicationAccepted.decode(entry.payload)
      guard cases[entry.subject] == nil, let admission = event.admission,
        let acceptedOn = Day(iso: admission.acceptedOn)
      else { return ["a case that is opened twice"] }
      var file = Case(
        number: entry.subject,
        item: Town.item(admission.itemCode),
        acceptedOn: acceptedOn,
        legalStart: Day(iso: event.legalStartOn) ?? acceptedOn
      )
      let lines = ["CaseOpened \(entry.subject)"] + proceed(&file, legalTime.day(of: instant))
      cases[entry.subject] = file
      numbers.append(entry.subject)
      return lines
    case "ApplicationWithdrawn":
      guard var file = cases[entry.subject], file.state.isRunning else { return [] }
      file.state = .withdrawn
      for index in file.tasks.indices { file.tasks[index].isLive = false }
      cases[entry.subject] = file
      return ["CaseWithdrawn \(entry.subject) \(Line.text(instant))"]
    default: return []
    }
  }

  /// Learns the identifiers that approval has given; nobody can predict those.
  mutating func learn(_ entry: FeedV1.Entry) throws {
    switch entry.type {
    case "TaskOpened":
      guard let task = try ApprovalV1.TaskOpened.decode(entry.payload).task else { return }
      let index = cases[entry.subject]?.tasks
        .firstIndex { $0.code == task.taskCode && $0.id.isEmpty }
      if let index { cases[entry.subject]?.tasks[index].id = task.id }
    case "SpecialProcedureStarted":
      let procedure = try ApprovalV1.SpecialProcedureStarted.decode(entry.payload).procedure
      let index = cases[entry.subject]?.procedures.firstIndex { $0.id.isEmpty }
      if let index { cases[entry.subject]?.procedures[index].id = procedure?.id ?? "" }
    default: return
    }
  }
}
