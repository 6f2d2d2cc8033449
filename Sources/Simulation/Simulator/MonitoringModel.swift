internal import Kernel
internal import Law
internal import Messages
internal import Service

/// What the auditor knows of monitoring: which clocks run and what must have been told of them.
struct MonitoringModel {
  enum Kind: String, CaseIterable {
    case promise, legal, step, receipt, delivery
    case stalePause = "stale_pause"

    var pausedAs: ClockKind? {
      switch self {
      case .promise, .step: .promise
      case .legal: .legal
      case .receipt, .delivery, .stalePause: nil
      }
    }
  }

  struct Clock {
    let kind: Kind
    let part: String
    let start: Day
    let term: Term
    var revision: Int
    var revisedAt: Instant?
    var isOpen = true
    var standing = Stance()
  }

  /// What the law makes of a clock.
  struct Stance: Equatable {
    var due = Day(epochDay: 0)
    var isPaused = false
    var warnings: [Warning] = []
    /// When the clerks are reminded of a receipt.
    var reminder: Instant?
  }

  struct Alert: Hashable {
    let id: String
    let kind: Kind
    let part: String
  }

  struct Pause {
    let id: String
    let planned: Day?
    var suspension: Suspension
    var isOpen: Bool { suspension.resume == nil }
  }

  struct Matter {
    let number: String
    let item: CatalogueV1.Item
    var isAccepted = false
    var isEnded = false
    var clocks: [Clock] = []
    var pauses: [Pause] = []
    var active: [Alert] = []
    var told: Set<String> = []

    var ledger: SuspensionLedger { SuspensionLedger(pauses.map(\.suspension)) }
  }

  private(set) var matters: [String: Matter] = [:]
  private var numbers: [String] = []
  private let legalTime = LegalTime.beijing

  // MARK: - Timers

  /// The alerts that are reached by an instant and were not told.
  mutating func timers(_ now: Instant) -> [String] {
    var lines: [String] = []
    for number in numbers {
      guard var matter = matters[number] else { continue }
      lines += reach(&matter, now) + stalePauses(&matter, now)
      matters[number] = matter
    }
    return lines
  }

  /// The open procedures of a case that ran past their planned end and were not told of.
  private func stalePauses(_ matter: inout Matter, _ now: Instant) -> [String] {
    var lines: [String] = []
    for pause in matter.pauses where pause.isOpen && !matter.isEnded {
      let id = "\(matter.number):stale_pause:\(pause.id):yellow:1"
      guard let planned = pause.planned, legalTime.end(of: planned) <= now,
        matter.told.insert(id).inserted
      else { continue }
      matter.active.append(Alert(id: id, kind: .stalePause, part: pause.id))
      let time = Line.text(legalTime.end(of: planned))
      lines.append("Alert \(id) at \(time) due \(time)")
    }
    return lines
  }

  /// The levels that open clocks of a case have reached by an instant and that were not told.
  ///
  /// They are told before a clock closes, pauses or moves, also if no timer came before (M4).
  private func reach(
    _ matter: inout Matter,
    _ now: Instant,
    _ kinds: [Kind] = Kind.allCases,
    part: String? = nil
  ) -> [String] {
    var lines: [String] = []
    for clock in matter.clocks
    where clock.isOpen && kinds.contains(clock.kind) && (part == nil || clock.part == part) {
      if let instant = clock.standing.reminder, instant <= now {
        let id = "\(matter.number):receipt:clerk:yellow:\(clock.revision)"
        if matter.told.insert(id).inserted {
          matter.active.append(Alert(id: id, kind: .receipt, part: ""))
          let time = max(instant, clock.revisedAt ?? instant)
          let due = legalTime.end(of: clock.standing.due)
          lines.append("Alert \(id) at \(Line.text(time)) due \(Line.text(due))")
        }
      }
      for warning in clock.standing.warnings where warning.instant <= now {
        let id = id(clock, matter.number, warning.level)
        guard matter.told.insert(id).inserted else { continue }
        matter.active.append(Alert(id: id, kind: clock.kind, part: clock.part))
        let time = max(warning.instant, clock.revisedAt ?? warning.instant)
        let due = legalTime.end(of: clock.standing.due)
        lines.append("Alert \(id) at \(Line.text(time)) due \(Line.text(due))")
      }
    }
    return lines
  }

  private func id(_ clock: Clock, _ number: String, _ level: Level) -> String {
    let part = clock.part.isEmpty ? [] : [clock.part]
    return ([number, clock.kind.rawValue] + part + ["\(level)", "\(clock.revision)"])
      .joined(separator: ":")
  }

  // MARK: - Entries

  /// What an entry of intake or approval leaves here, as of its own instant.
  mutating func follow(_ entry: FeedV1.Entry) throws -> [String] {
    let now = entry.recordedAt?.instant ?? Room.opening
    switch entry.type {
    case "ApplicationSubmitted":
      let event = try IntakeV1.ApplicationSubmitted.decode(entry.payload)
      receive(entry.subject, event.itemCode, now)
      return []
    case "ApplicationReceived":
      let event = try IntakeV1.ApplicationReceived.decode(entry.payload)
      receive(entry.subject, event.itemCode, now)
      return []
    default: break
    }
    guard var matter = matters[entry.subject] else { return [] }
    let lines = try follow(entry, of: &matter, now)
    matters[entry.subject] = matter
    return lines
  }

  private mutating func receive(_ number: String, _ item: String, _ now: Instant) {
    guard matters[number] == nil else { return }
    var matter = Matter(number: number, item: Town.item(item))
    open(.receipt, of: &matter, legalTime.day(of: now), .receipt, now)
    matters[number] = matter
    numbers.append(number)
  }

  private func follow(
    _ entry: FeedV1.Entry,
    of matter: inout Matter,
    _ now: Instant
  ) throws -> [String] {
    let today = legalTime.day(of: now)
    switch entry.type {
    case "CorrectionRequested": return close(&matter, [.receipt], now)
    case "CorrectionCompleted":
      if !matter.isEnded { open(.receipt, of: &matter, today, .receipt, now) }
      return []
    case "ApplicationAccepted":
      return accept(try IntakeV1.ApplicationAccepted.decode(entry.payload), &matter, now)
    case "ApplicationWithdrawn", "ApplicationReturned", "CaseWithdrawn": return end(&matter, now)
    case "TaskOpened":
      let event = try ApprovalV1.TaskOpened.decode(entry.payload)
      guard !matter.isEnded, let task = event.task, let start = Day(iso: event.startedOn) else {
        return []
      }
      let plans = matter.item.stages.flatMap(\.tasks)
      let term = Term(plans.first { $0.code == task.taskCode }?.limit) ?? .immediate
      open(.step, of: &matter, start, term, now, part: task.id)
      return []
    case "TaskDone":
      let id = try ApprovalV1.TaskDone.decode(entry.payload).task?.id
      return close(&matter, [.step], now, part: id)
    case "ConsentPresumed":
      let id = try ApprovalV1.ConsentPresumed.decode(entry.payload).task?.id
      return close(&matter, [.step], now, part: id)
    case "SpecialProcedureStarted":
      let event = try ApprovalV1.SpecialProcedureStarted.decode(entry.payload)
      return pause(event.procedure, &matter, now)
    case "SpecialProcedureEnded":
      let event = try ApprovalV1.SpecialProcedureEnded.decode(entry.payload)
      return resume(event.procedure, &matter, now)
    case "CaseDecided":
      guard !matter.isEnded else { return [] }
      let event = try ApprovalV1.CaseDecided.decode(entry.payload)
      let lines = end(&matter, now)
      if event.decision?.granted == true { open(.delivery, of: &matter, today, .delivery, now) }
      return lines
    case "ResultDelivered": return close(&matter, [.delivery], now)
    default: return []
    }
  }

  private func accept(
    _ event: IntakeV1.ApplicationAccepted,
    _ matter: inout Matter,
    _ now: Instant
  ) -> [String] {
    guard !matter.isAccepted, !matter.isEnded,
      let accepted = Day(iso: event.admission?.acceptedOn ?? "")
    else { return [] }
    matter.isAccepted = true
    let lines = close(&matter, [.receipt], now)
    let start = Day(iso: event.legalStartOn) ?? accepted
    let legal = Term(matter.item.legalLimit)
    if let legal { open(.legal, of: &matter, start, legal, now) }
    if let promise = Term(matter.item.promise) {
      open(.promise, of: &matter, accepted, promise, now)
    } else if let legal {
      open(.promise, of: &matter, start, legal, now)
    }
    return lines
  }

  private func pause(
    _ procedure: ApprovalV1.SpecialProcedure?,
    _ matter: inout Matter,
    _ now: Instant
  ) -> [String] {
    guard !matter.isEnded, let procedure, let stop = Day(iso: procedure.startedOn) else {
      return []
    }
    let suspension = Suspension(
      procedure: SpecialProcedure(procedure.kind) ?? .meeting,
      stop: stop,
      stopsLegal: procedure.stopsLegal,
      stopsPromise: procedure.stopsPromise
    )
    let planned = Day(iso: procedure.plannedEndOn)
    let reached = reach(&matter, now)
    matter.pauses.append(Pause(id: procedure.id, planned: planned, suspension: suspension))
    return reached + settle(&matter, now)
  }

  private func resume(
    _ procedure: ApprovalV1.SpecialProcedure?,
    _ matter: inout Matter,
    _ now: Instant
  ) -> [String] {
    guard !matter.isEnded, let procedure,
      let index = matter.pauses.firstIndex(where: { $0.id == procedure.id })
    else { return [] }
    let reached = reach(&matter, now) + stalePauses(&matter, now)
    let old = matter.pauses[index].suspension
    matter.pauses[index].suspension = Suspension(
      procedure: old.procedure,
      stop: old.stop,
      resume: Day(iso: procedure.endedOn),
      stopsLegal: old.stopsLegal,
      stopsPromise: old.stopsPromise
    )
    return reached + clear(&matter, .stalePause, [procedure.id], now) + settle(&matter, now)
  }

  // MARK: - Clocks

  private func open(
    _ kind: Kind,
    of matter: inout Matter,
    _ start: Day,
    _ term: Term,
    _ now: Instant,
    part: String = ""
  ) {
    let earlier = matter.clocks.filter { $0.kind == kind && $0.part == part }
    var clock = Clock(
      kind: kind,
      part: part,
      start: start,
      term: term,
      revision: (earlier.map(\.revision).max() ?? 0) + 1,
      revisedAt: earlier.isEmpty ? nil : now
    )
    clock.standing = stance(clock, in: matter)
    matter.clocks.append(clock)
  }

  /// Reckons a clock anew; an open pause is taken to last no day.
  private func stance(_ clock: Clock, in matter: Matter) -> Stance {
    let pauses = clock.kind.pausedAs.map { matter.ledger.pauses(of: $0) } ?? []
    let asOf = pauses.last { $0.resume == nil }?.stop ?? clock.start
    let own = TermClock(start: clock.start, term: clock.term, pauses: pauses)
      .reckoned(in: Town.calendar, asOf: asOf)
    var stance = Stance(due: own.due, isPaused: own.openPause != nil)
    stance.warnings = own.warnings(of: clock.kind == .legal ? .legal : .step, in: legalTime)
    if clock.kind == .receipt {
      let third = (0..<3).reduce(clock.start) { day, _ in Town.calendar.workingDay(after: day) }
      stance.reminder = legalTime.start(of: third)
    }
    let legal = matter.clocks.first { $0.kind == .legal }
    if clock.kind == .promise, let legal {
      let both = Clocks(
        days: StartDays(accepted: clock.start, received: legal.start),
        legal: Limit(legal.term, from: .received),
        promise: Limit(clock.term),
        ledger: matter.ledger,
        calendar: Town.calendar,
        asOf: asOf
      )
      stance.due = both.promiseDue ?? own.due
      stance.warnings = both.warnings(in: legalTime).filter { $0.kind == .promise }
    }
    if let open = own.openPause {
      stance.warnings.removeAll { $0.instant >= legalTime.start(of: open.stop) }
    }
    return stance
  }

  private func settle(_ matter: inout Matter, _ now: Instant) -> [String] {
    var ended: [Kind: Set<String>] = [:]
    for index in matter.clocks.indices where matter.clocks[index].isOpen {
      var clock = matter.clocks[index]
      let old = clock.standing
      clock.standing = stance(clock, in: matter)
      if clock.standing.due != old.due {
        clock.revision += 1
        clock.revisedAt = now
        ended[clock.kind, default: []].insert(clock.part)
      } else if clock.standing.isPaused, !old.isPaused {
        ended[clock.kind, default: []].insert(clock.part)
      }
      matter.clocks[index] = clock
    }
    return Kind.allCases.flatMap { kind in
      ended[kind].map { clear(&matter, kind, $0, now) } ?? []
    }
  }

  private func close(
    _ matter: inout Matter,
    _ kinds: [Kind],
    _ now: Instant,
    part: String? = nil
  ) -> [String] {
    let reached = reach(&matter, now, kinds, part: part)
    for index in matter.clocks.indices
    where kinds.contains(matter.clocks[index].kind)
      && (part == nil || matter.clocks[index].part == part)
    {
      matter.clocks[index].isOpen = false
    }
    return reached + kinds.flatMap { clear(&matter, $0, part.map { [$0] }, now) }
  }

  private func end(_ matter: inout Matter, _ now: Instant) -> [String] {
    guard !matter.isEnded else { return [] }
    let stale = stalePauses(&matter, now)
    matter.isEnded = true
    return stale + close(&matter, [.receipt, .promise, .legal, .step, .stalePause], now)
  }

  private func clear(
    _ matter: inout Matter,
    _ kind: Kind,
    _ parts: Set<String>?,
    _ now: Instant
  ) -> [String] {
    let ended = matter.active.filter { $0.kind == kind && parts?.contains($0.part) ?? true }
    guard !ended.isEmpty else { return [] }
    matter.active.removeAll { ended.contains($0) }
    // One a case and kind, for steps one a task (M6).
    let groups = kind == .step ? Dictionary(grouping: ended, by: \.part).map(\.value) : [ended]
    return groups.map { Line.cleared($0.map(\.id), Line.text(now)) }
  }
}
