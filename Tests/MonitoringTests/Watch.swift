import Kernel
import Messages
import Monitoring
import Service
import Simulation
import Storage
import TestSupport

/// A room of monitoring whose calendar is known, with short words for what the others tell.
final class Watch {
  static let number = "37021220260914001000017"

  let room: Room
  /// Whether intake and approval say that they had seen all that the others had told.
  var isSeen = false

  static let consumer = Identity("reader-1", [.consumer])
  static let manager = Identity.official(.hallManager, "manager-1")
  static let supervisor = Identity.official(.supervisor, "supervisor-1")

  init() throws {
    room = try Room(.monitoring())
    try calendar(version: 1)
    try post("H1", .handler, holder: "handler-a")
    try post("C1", .chief, holder: "chief-a")
  }

  private var seen: [String: Int64] {
    guard isSeen else { return [:] }
    let services = ["catalogue", "intake", "approval"]
    return Dictionary(uniqueKeysWithValues: services.map { ($0, room.head(of: $0)) })
  }

  // MARK: - The catalogue

  /// Autumn 2026: 09-20 and 10-10 are worked, 09-25 and 10-01 to 10-07 are off.
  func calendar(
    version: Int64,
    off: [String] = [],
    work: [String] = [],
    reflects: [String: Int64] = [:]
  ) throws {
    let holidays = ["2026-09-25"] + (1...7).map { "2026-10-0\($0)" } + off
    let days =
      holidays.map { CatalogueV1.CalendarDay(date: $0, kind: .off, occasion: "假日") }
      + (["2026-09-20", "2026-10-10"] + work).map {
        CatalogueV1.CalendarDay(date: $0, kind: .work, occasion: "调休")
      }
    let revision = CatalogueV1.CalendarRevision(
      name: "2026-\(version)",
      decrees: [CatalogueV1.Decree(title: "国办发明电")],
      years: [2026],
      days: days
    )
    let file = CatalogueV1.CalendarFile(revisions: [revision])
    try room.offer(
      CatalogueV1.CalendarPublished(file: file, version: version),
      subject: "calendar",
      from: "catalogue",
      reflects: reflects
    )
  }

  func post(_ code: String, _ role: AccessV1.Role, holder: String) throws {
    let post = CatalogueV1.Post(
      code: code,
      departmentCode: "001",
      role: role,
      holderA: CatalogueV1.Holder(subject: holder, name: "甲"),
      holderB: CatalogueV1.Holder(subject: holder + "-b", name: "乙")
    )
    try room.offer(CatalogueV1.PostPublished(post: post), subject: code, from: "catalogue")
  }

  // MARK: - Intake

  func submit(_ number: String = Watch.number, item: String = "X1") throws {
    try room.offer(
      IntakeV1.ApplicationSubmitted(
        number: number,
        itemCode: item,
        itemVersion: 1,
        departmentCode: "001",
        receivedAt: GoogleProtobuf.Timestamp(room.clock.now)
      ),
      subject: number,
      from: "intake",
      reflects: seen
    )
  }

  /// Accepts on the day of the clock.
  func accept(
    _ number: String = Watch.number,
    item: String = "X1",
    department: String = "001",
    legal: CommonV1.Term? = .init(amount: 20, unit: .workingDay),
    promise: CommonV1.Term = .init(amount: 8, unit: .workingDay),
    on iso: String? = nil,
    receivedOn received: String? = nil,
    trace: TraceContext? = nil
  ) throws {
    let day = iso ?? LegalTime.beijing.day(of: room.clock.now).description
    try room.offer(
      IntakeV1.ApplicationAccepted(
        admission: IntakeV1.Admission(
          number: number,
          hall: Room.hall,
          itemCode: item,
          itemVersion: 1,
          acceptedOn: day
        ),
        departmentCode: department,
        legalStartOn: received ?? day,
        legalLimit: legal,
        promise: promise
      ),
      subject: number,
      from: "intake",
      reflects: seen,
      trace: trace
    )
  }

  // MARK: - Approval

  func task(
    _ id: String,
    of number: String = Watch.number,
    due: String,
    started: String? = nil,
    department: String = "001"
  ) throws {
    var task = Self.task(id, of: number, due: due)
    task.departmentCode = department
    let start = started ?? LegalTime.beijing.day(of: room.clock.now).description
    try tell(ApprovalV1.TaskOpened(task: task, startedOn: start), number)
  }

  func claim(_ id: String, of number: String = Watch.number, by subject: String) throws {
    var task = Self.task(id, of: number, due: "2026-09-16")
    task.claimedBy = subject
    try tell(ApprovalV1.TaskClaimed(task: task), number)
  }

  func done(_ id: String, of number: String = Watch.number) throws {
    try tell(ApprovalV1.TaskDone(task: Self.task(id, of: number, due: "2026-09-16")), number)
  }

  static func task(_ id: String, of number: String, due: String) -> ApprovalV1.Task {
    ApprovalV1.Task(
      id: id,
      caseNumber: number,
      stageCode: "S1",
      taskCode: "T1",
      departmentCode: "001",
      postCode: "H1",
      nature: .handle,
      dueOn: due
    )
  }

  func pause(
    _ id: String = "P1",
    from: String,
    planned: String,
    until: String = "",
    stopsLegal: Bool = true
  ) throws {
    try tell(
      ApprovalV1.SpecialProcedureStarted(
        number: Self.number,
        procedure: Self.procedure(id, from, planned, until, stopsLegal)
      ),
      Self.number
    )
  }

  func resume(
    _ id: String = "P1",
    from: String,
    planned: String,
    on until: String,
    stopsLegal: Bool = true
  ) throws {
    try tell(
      ApprovalV1.SpecialProcedureEnded(
        number: Self.number,
        procedure: Self.procedure(id, from, planned, until, stopsLegal)
      ),
      Self.number
    )
  }

  private static func procedure(
    _ id: String,
    _ from: String,
    _ planned: String,
    _ until: String,
    _ stopsLegal: Bool
  ) -> ApprovalV1.SpecialProcedure {
    ApprovalV1.SpecialProcedure(
      id: id,
      kind: .expertReview,
      startedOn: from,
      plannedEndOn: planned,
      endedOn: until,
      stopsLegal: stopsLegal,
      stopsPromise: true
    )
  }

  func decide(_ number: String = Watch.number, granted: Bool = true) throws {
    try tell(
      ApprovalV1.CaseDecided(
        number: number,
        decision: ApprovalV1.Decision(
          granted: granted,
          decidedBy: "chief-a",
          decidedAt: GoogleProtobuf.Timestamp(room.clock.now)
        )
      ),
      number
    )
  }

  func tell(_ event: some Message, _ number: String) throws {
    try room.offer(event, subject: number, from: "approval", reflects: seen)
  }

  // MARK: - What monitoring answers

  func alerts() throws -> [MonitoringV1.Alert] {
    try room.published(MonitoringV1.AlertRaised.self).compactMap(\.alert)
  }

  /// When the timers fire that are set, in legal time.
  func timers() throws -> [String] {
    try room.engine.store.read { snapshot in
      try snapshot.dueTimers(now: Instant(unixMilliseconds: .max), limit: 100)
    }.map { LegalTime.beijing.text($0.fireAt) }
  }

  /// The alerts as lines: kind, level, true time in legal time.
  func lines(_ kinds: [String] = []) throws -> [String] {
    try alerts().map(line).filter { line in
      kinds.isEmpty || kinds.contains { line.hasPrefix($0 + " ") }
    }
  }

  func line(_ alert: MonitoringV1.Alert) -> String {
    let parts = alert.type.split(separator: ".")
    let time = alert.time.map { LegalTime.beijing.text($0.instant) } ?? ""
    return "\(parts[3]) \(parts[4]) \(time)"
  }

  func clocks(_ number: String = Watch.number) throws -> [MonitoringV1.ExplainedClock] {
    try room.call(
      MonitoringV1.MonitoringService.getClock,
      MonitoringV1.GetClockRequest(caseNumber: number),
      as: Self.manager
    ).clocks
  }

  func clock(
    _ kind: MonitoringV1.AlertKind,
    of number: String = Watch.number
  ) throws -> MonitoringV1.Clock? {
    try clocks(number).compactMap(\.clock).last { $0.kind == kind }
  }

  func read(_ request: MonitoringV1.ReadAlertsRequest) throws -> MonitoringV1.ReadAlertsResponse {
    try room.call(MonitoringV1.AlertService.readAlerts, request, as: Self.consumer)
  }
}
