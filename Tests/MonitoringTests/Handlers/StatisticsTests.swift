import Kernel
import Law
import Messages
import Simulation
import TestSupport
import Testing

@Suite struct `GetStatistics` {
  private func figures(
    _ watch: Watch,
    from: String,
    to: String,
    department: String = "",
    item: String = ""
  ) throws -> MonitoringV1.GetStatisticsResponse {
    try watch.room.call(
      MonitoringV1.MonitoringService.getStatistics,
      .init(from: from, to: to, departmentCode: department, itemCode: item),
      as: Watch.manager
    )
  }

  @Test func `is a ratio of sums: handbook 11.11`() throws {
    let watch = try Watch()
    try watch.accept("A", item: "X-A")
    try watch.accept(
      "B",
      item: "X-B",
      legal: .init(amount: 1, unit: .workingDay),
      promise: .init(amount: 0, unit: .immediate)
    )
    try watch.decide("B")
    watch.room.advance(toDay: "2026-09-23")
    try watch.decide("A")
    let all = try figures(watch, from: "2026-09-01", to: "2026-09-30")
    #expect(all.accepted == 2 && all.closed == 2 && all.onTime == 2 && all.ahead == 0)
    #expect(all.legalDays == 21 && all.usedDays == 8)
    #expect(abs(all.speedUp - 13.0 / 21.0) < 1e-12)
    #expect(all.meanDays == 4)
    let one = try figures(watch, from: "2026-09-23", to: "2026-09-23", item: "X-A")
    #expect(one.closed == 1 && one.accepted == 0)
    #expect(try figures(watch, from: "2026-09-01", to: "2026-09-30", item: "X-C").closed == 0)
  }

  @Test func `M9: equals a recount of what happened`() throws {
    let watch = try Watch()
    var random = SeededGenerator(seed: 7)
    var accepted: [String: (day: Day, promise: Int, department: String)] = [:]
    var decided: [String: Day] = [:]
    let off = Set(["2026-09-25"] + (1...7).map { "2026-10-0\($0)" })
    func isWorked(_ day: Day) -> Bool {
      let iso = day.description
      return ["2026-09-20", "2026-10-10"].contains(iso)
        || (day.weekday <= 5 && !off.contains(iso))
    }
    func worked(after start: Day, through end: Day) -> Int {
      guard end > start else { return 0 }
      return (1...end.days(since: start)).count { isWorked(start.advanced(byDays: $0)) }
    }
    let start = try #require(Day(iso: "2026-09-14"))
    for offset in 0..<45 {
      let today = start.advanced(byDays: offset)
      watch.room.advance(toDay: today.description)
      for index in 0..<2 {
        let number = "N\(offset)-\(index)"
        let promise = Int.random(in: 1...10, using: &random)
        let department = index == 0 ? "001" : "002"
        try watch.accept(
          number,
          department: department,
          promise: .init(amount: UInt32(promise), unit: .workingDay)
        )
        accepted[number] = (today, promise, department)
      }
      for number in accepted.keys.sorted() where decided[number] == nil {
        guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
        try watch.decide(number, granted: Bool.random(using: &random))
        decided[number] = today
      }
    }
    let from = start.advanced(byDays: 10)
    for (to, department) in [(from.advanced(byDays: 12), ""), (from.advanced(byDays: 30), "002")] {
      let answer = try figures(
        watch,
        from: from.description,
        to: to.description,
        department: department
      )
      let own = accepted.filter { department.isEmpty || $0.value.department == department }
      var (closed, onTime, ahead, used, overdue) = (0, 0, 0, 0, 0)
      for (number, value) in own {
        let end = decided[number]
        if let end, end >= from, end <= to {
          let days = worked(after: value.day, through: end)
          closed += 1
          used += days
          if days <= value.promise { onTime += 1 }
          if days < value.promise { ahead += 1 }
        }
        let isOpen = value.day <= to && end.map { $0 > to } ?? true
        if isOpen, worked(after: value.day, through: to) >= value.promise,
          (0...60).contains(where: { shift in
            let due = value.day.advanced(byDays: shift)
            return due <= to && worked(after: value.day, through: due) == value.promise
          })
        {
          overdue += 1
        }
      }
      #expect(answer.accepted == Int64(own.values.count { $0.day >= from && $0.day <= to }))
      #expect(answer.closed == Int64(closed))
      #expect(answer.onTime == Int64(onTime))
      #expect(answer.ahead == Int64(ahead))
      #expect(answer.late == Int64(closed - onTime))
      #expect(answer.usedDays == Int64(used))
      #expect(answer.openOverdue == Int64(overdue))
      #expect(answer.legalDays == Int64(20 * closed))
    }
  }

  @Test(
    arguments: TextTable(
      columns: 3,
      """
      2026-09-21 1 0   # the legal limit's last day is the promised one
      2026-09-22 0 1   # past the limit, within three working days
      2026-09-24 0 1
      """
    ).rows
  )
  func `M9: a promise that its limit cuts short ends with the limit`(
    _ row: TextTable.Row
  ) throws {
    let watch = try Watch()
    watch.room.advance(toDay: "2026-09-21")
    try watch.accept(
      legal: .init(amount: 7, unit: .naturalDay),
      promise: .init(amount: 3, unit: .workingDay),
      receivedOn: "2026-09-14"
    )
    #expect(try watch.clock(.promise)?.dueOn == "2026-09-21")
    watch.room.advance(toDay: row.columns[0])
    try watch.decide()
    let all = try figures(watch, from: "2026-09-21", to: "2026-09-30")
    #expect(["\(all.onTime)", "\(all.late)"] == Array(row.columns.dropFirst()))
  }

  @Test func `M9: a decision that stands after a withdrawal counts`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-16")
    try watch.room.offer(
      IntakeV1.ApplicationWithdrawn(number: Watch.number),
      subject: Watch.number,
      from: "intake"
    )
    try watch.decide()
    let all = try figures(watch, from: "2026-09-14", to: "2026-09-30")
    #expect(all.closed == 1 && all.onTime == 1 && all.usedDays == 2)
    #expect(try watch.clock(.promise)?.closedOn == "2026-09-16")
    #expect(try watch.clock(.delivery)?.startedOn == "2026-09-16")
    try watch.decide()
    #expect(try watch.clocks().count { $0.clock?.kind == .delivery } == 1)
    #expect(try figures(watch, from: "2026-09-14", to: "2026-09-30").closed == 1)
  }

  @Test(
    arguments: TextTable(
      columns: 3,
      """
      20wd 2026-09-16 0   # the pause held the promise (2026-09-23) at the end of the period
      20wd 2026-09-28 1   # a pause heals no breach
      7d   2026-09-22 1   # the limit had ended the promise the day before
      """
    ).rows
  )
  func `M9: what a pause held at a period's end was not overdue, whatever became of the case`(
    _ row: TextTable.Row
  ) throws {
    let watch = try Watch()
    try watch.accept(
      legal: row.columns[0] == "7d"
        ? .init(amount: 7, unit: .naturalDay) : .init(amount: 20, unit: .workingDay)
    )
    watch.room.advance(toDay: row.columns[1])
    try watch.pause(from: row.columns[1], planned: "2026-10-12", stopsLegal: false)
    func overdue() throws -> String {
      "\(try figures(watch, from: "2026-09-14", to: "2026-09-30").openOverdue)"
    }
    watch.room.advance(toDay: "2026-11-05")
    #expect(try overdue() == row.columns[2], "while it stands still")
    try watch.tell(ApprovalV1.CaseWithdrawn(number: Watch.number), Watch.number)
    #expect(try watch.clock(.promise)?.closedOn == "2026-11-05")
    #expect(try overdue() == row.columns[2], "withdrawn")
    watch.room.advance(toDay: "2026-11-10")
    #expect(try overdue() == row.columns[2], "later")
  }

  @Test func `counts ratings, 1 to 3 as good`() throws {
    let watch = try Watch()
    for level in QueueingV1.Satisfaction.allCases where level != .unspecified {
      let event = QueueingV1.Rated(ratingId: "R\(level.rawValue)", satisfaction: level)
      try watch.room.offer(event, subject: "R", from: "queueing")
    }
    let all = try figures(watch, from: "2026-09-14", to: "2026-09-14")
    #expect(all.ratings == 5 && all.goodRatings == 3)
  }

  @Test func `refuses a period that ends before it begins`() throws {
    let watch = try Watch()
    #expect { try figures(watch, from: "2026-09-14", to: "2026-09-13") } throws: {
      ($0 as? Room.Refused)?.reason == "INVALID_FIELDS"
    }
  }
}
