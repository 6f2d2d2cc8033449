import Kernel
import Messages
import Monitoring
import Service
import Simulation
import TestSupport
import Testing

@Suite struct `Clocks of events` {
  @Test func `M1: five days run from submission, end with the notice, and run anew after it`()
    throws
  {
    let watch = try Watch()
    try watch.submit()
    #expect(try watch.clock(.receipt)?.dueOn == "2026-09-20")
    watch.room.advance(toDay: "2026-09-18")
    try watch.room.offer(
      IntakeV1.CorrectionRequested(number: Watch.number),
      subject: Watch.number,
      from: "intake"
    )
    watch.room.advance(toDay: "2026-09-22")
    #expect(
      try watch.lines() == [
        "receipt yellow 2026-09-17T00:00:00+08:00", "receipt yellow 2026-09-18T00:00:00+08:00",
        watch.cleared(),
      ]
    )
    try watch.room.offer(
      IntakeV1.CorrectionCompleted(number: Watch.number, completedOn: "2026-09-22"),
      subject: Watch.number,
      from: "intake"
    )
    let rounds = try watch.clocks().compactMap(\.clock)
    #expect(rounds.map(\.closedOn) == ["2026-09-18", ""])
    #expect(rounds.last?.dueOn == "2026-09-30")
    #expect(rounds.last?.dueRevision == 2)
    try watch.accept()
    #expect(try watch.clock(.receipt)?.closedOn == "2026-09-22")
  }

  @Test func `T22: clerks, chief and hall are reminded on the third, fourth and fifth day`()
    throws
  {
    let watch = try Watch()
    try watch.submit()
    watch.room.advance(toDay: "2026-09-16")
    #expect(try watch.alerts().isEmpty)
    watch.room.advance(toDay: "2026-09-17")
    #expect(try watch.alerts().map(\.id) == ["\(Watch.number):receipt:clerk:yellow:1"])
    #expect(try watch.clock(.receipt)?.light == .yellow)
    watch.room.advance(toDay: "2026-09-20")
    let told = try watch.alerts()
    #expect(
      told.map(watch.line) == [
        "receipt yellow 2026-09-17T00:00:00+08:00", "receipt yellow 2026-09-18T00:00:00+08:00",
        "receipt orange 2026-09-20T00:00:00+08:00",
      ]
    )
    #expect(
      told.map(\.recipients) == [
        ["role:clerk"], ["role:clerk", "post:C1"], ["role:clerk", "post:C1", "role:hall_manager"],
      ]
    )
    try watch.accept()
    let cleared = try #require(try watch.alerts().last)
    #expect(cleared.id == "\(Watch.number):receipt:cleared:1")
    #expect(cleared.clearedIds == told.map(\.id))
  }

  @Test func `a reminder that is answered at once tells the clerks alone that it is over`() throws {
    let watch = try Watch()
    try watch.submit()
    watch.room.advance(toDay: "2026-09-17")
    try watch.accept()
    let cleared = try #require(try watch.alerts().last)
    #expect(cleared.id == "\(Watch.number):receipt:cleared:1")
    #expect(cleared.recipients == ["role:clerk"])
  }

  @Test func `receiving an online application later never restarts the five days`() throws {
    let watch = try Watch()
    try watch.submit()
    watch.room.advance(toDay: "2026-09-16")
    try watch.room.offer(
      IntakeV1.ApplicationReceived(
        number: Watch.number,
        itemCode: "X1",
        itemVersion: 1,
        departmentCode: "001",
        receivedAt: GoogleProtobuf.Timestamp(watch.room.clock.now),
        postCode: "H1"
      ),
      subject: Watch.number,
      from: "intake"
    )
    #expect(try watch.clocks().count == 1)
    #expect(try watch.clock(.receipt)?.startedOn == "2026-09-14")
    watch.room.advance(toDay: "2026-09-18")
    #expect(try watch.alerts().first?.responsible == "handler-a")
  }

  @Test func `a step has its own clock and is ended by its task`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    try watch.task("T-2", due: "2026-09-17")
    watch.room.advance(toDay: "2026-09-17")
    #expect(
      try watch.alerts().map { "\(watch.line($0)) \($0.taskId)" } == [
        "step yellow 2026-09-15T00:00:00+08:00 T-1", "step orange 2026-09-16T00:00:00+08:00 T-1",
        "step yellow 2026-09-16T00:00:00+08:00 T-2", "step red 2026-09-17T00:00:00+08:00 T-1",
        "step orange 2026-09-17T00:00:00+08:00 T-2",
      ]
    )
    try watch.done("T-1")
    let cleared = try watch.alerts().last
    #expect(cleared?.clearedIds.count == 3)
    #expect(cleared?.taskId == "T-1")
    #expect(
      try watch.clocks().compactMap(\.clock).filter { $0.closedOn == "2026-09-17" }.count == 1
    )
  }

  @Test func `M6: steps are cleared one a task, so that each department sees its own`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    try watch.task("T-2", due: "2026-09-16", department: "002")
    watch.room.advance(toDay: "2026-09-17")
    try watch.decide()
    let cleared = try watch.alerts().filter { $0.kind == .step && $0.level == .cleared }
    #expect(cleared.map(\.taskId) == ["T-1", "T-2"])
    #expect(cleared.map(\.departmentCode) == ["001", "002"])
    #expect(
      cleared.map(\.clearedIds)
        == ["T-1", "T-2"].map { task in
          ["yellow", "orange", "red"].map { "\(Watch.number):step:\(task):\($0):1" }
        }
    )
    let ids = try watch.alerts().map(\.id)
    #expect(Set(ids).count == ids.count)
    let seen = try watch.read(
      .init(limit: 100, filter: .init(kinds: [.step], departmentCodes: ["002"]))
    )
    #expect(seen.alerts.map(\.level) == [.yellow, .orange, .red, .cleared])
  }

  @Test func `a grant opens ten days of delivery, a denial none`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.accept("B")
    try watch.decide()
    try watch.decide("B", granted: false)
    #expect(try watch.clock(.delivery)?.dueOn == "2026-09-28")
    #expect(try watch.clock(.delivery, of: "B") == nil)
    watch.room.advance(toDay: "2026-09-28")
    #expect(
      try watch.lines() == [
        "delivery yellow 2026-09-23T00:00:00+08:00", "delivery orange 2026-09-28T00:00:00+08:00",
      ]
    )
    try watch.tell(
      ApprovalV1.ResultDelivered(
        number: Watch.number,
        delivery: .init(deliveredAt: .init(watch.room.clock.now))
      ),
      Watch.number
    )
    #expect(try watch.clock(.delivery)?.closedOn == "2026-09-28")
    #expect(try watch.alerts().last?.level == .cleared)
  }

  @Test(arguments: ["withdrawn", "refused", "returned", "taken back"])
  func `every other end closes all clocks`(_ end: String) throws {
    let watch = try Watch()
    try watch.submit()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    let number = Watch.number
    switch end {
    case "withdrawn":
      try watch.room.offer(
        IntakeV1.ApplicationWithdrawn(number: number),
        subject: number,
        from: "intake"
      )
    case "refused":
      try watch.room.offer(
        IntakeV1.ApplicationRefused(number: number),
        subject: number,
        from: "intake"
      )
    case "returned":
      try watch.room.offer(
        IntakeV1.ApplicationReturned(number: number),
        subject: number,
        from: "intake"
      )
    default: try watch.tell(ApprovalV1.CaseWithdrawn(number: number), number)
    }
    #expect(try watch.clocks().allSatisfy { $0.clock?.closedOn == "2026-09-14" })
    watch.room.advance(toDay: "2026-10-20")
    #expect(try watch.alerts().isEmpty)
  }

  @Test func `a legal limit in natural days cuts a promise short and explains it`() throws {
    let watch = try Watch()
    watch.room.advance(toDay: "2026-09-30")
    try watch.accept(
      legal: .init(amount: 7, unit: .naturalDay),
      promise: .init(amount: 3, unit: .workingDay)
    )
    let promise = try #require(try watch.clocks().first { $0.clock?.kind == .promise })
    #expect(promise.clock?.dueOn == "2026-10-08")
    #expect(promise.due?.dueOn == "2026-10-08")
    #expect(promise.due?.days.isEmpty == false)
  }

  @Test func `waits for a calendar rather than guess`() throws {
    let room = try Room(.monitoring())
    try room.offer(
      IntakeV1.ApplicationSubmitted(number: "A", itemCode: "X", departmentCode: "001"),
      subject: "A",
      from: "intake"
    )
    #expect(room.engine.followers.contains { $0.upstream == "intake" && $0.isStopped })
  }
}

extension Watch {
  /// The line of the last CLEARED.
  func cleared() throws -> String {
    try alerts().last { $0.level == .cleared }.map(line) ?? ""
  }
}
