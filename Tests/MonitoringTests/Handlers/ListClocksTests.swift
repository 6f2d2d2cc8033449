import Kernel
import Messages
import Simulation
import Testing

@Suite struct `ListClocks` {
  private func list(
    _ watch: Watch,
    _ request: MonitoringV1.ListClocksRequest
  ) throws -> MonitoringV1.ListClocksResponse {
    try watch.room.call(MonitoringV1.MonitoringService.listClocks, request, as: Watch.manager)
  }

  private func numbers(
    _ watch: Watch,
    _ request: MonitoringV1.ListClocksRequest
  ) throws -> [String] {
    try list(watch, request).clocks.map(\.caseNumber)
  }

  /// Promises of 3, 8 and 13 days and one that is decided, seen on the due day of the second.
  private func hall() throws -> Watch {
    let watch = try Watch()
    for (number, days, department) in [("A", 3, "001"), ("B", 8, "001"), ("C", 13, "002")] {
      let promise = CommonV1.Term(amount: UInt32(days), unit: .workingDay)
      try watch.accept(number, department: department, legal: nil, promise: promise)
    }
    try watch.accept("D", legal: nil)
    try watch.decide("D", granted: false)
    watch.room.advance(toDay: "2026-09-23")
    return watch
  }

  @Test func `shows open clocks by due day, page by page`() throws {
    let watch = try hall()
    #expect(try numbers(watch, .init()) == ["A", "B", "C"])
    let first = try list(watch, .init(page: .init(size: 2)))
    #expect(first.clocks.map(\.caseNumber) == ["A", "B"])
    let next = try list(watch, .init(page: .init(size: 2, token: first.nextPageToken)))
    #expect(next.clocks.map(\.caseNumber) == ["C"])
    #expect(next.nextPageToken == "")
    #expect(try list(watch, .init()).clocks.map(\.remaining) == [-5, 0, 5])
  }

  @Test func `filters by light, department, kind and due day`() throws {
    let watch = try hall()
    #expect(try numbers(watch, .init(light: .red)) == ["A"])
    #expect(try numbers(watch, .init(light: .orange)) == ["B"])
    #expect(try numbers(watch, .init(light: .green)) == ["C"])
    #expect(try numbers(watch, .init(light: .purple)) == [])
    #expect(try numbers(watch, .init(departmentCode: "002")) == ["C"])
    #expect(try numbers(watch, .init(dueUntil: "2026-09-23")) == ["A", "B"])
    #expect(try numbers(watch, .init(kind: .legal)) == [])
    #expect(try numbers(watch, .init(light: .red, departmentCode: "002", kind: .promise)) == [])
  }

  @Test func `says the light of the moment in every filter as in the whole list`() throws {
    let watch = try Watch()
    try watch.accept()
    for day in 14...30 {
      watch.room.advance(toDay: "2026-09-\(day)")
      let all = try list(watch, .init()).clocks
      for light in MonitoringV1.Light.allCases where light != .unspecified {
        let found = try list(watch, .init(light: light)).clocks
        #expect(found == all.filter { $0.light == light }, "\(light) on \(day)")
      }
    }
  }

  @Test func `refuses a token of another list`() throws {
    let watch = try hall()
    #expect {
      try list(watch, .init(page: .init(token: "YQpi")))
    } throws: { ($0 as? Room.Refused)?.reason == "INVALID_FIELDS" }
  }
}

@Suite struct `GetClock` {
  @Test func `explains the due day day by day`() throws {
    let watch = try Watch()
    try watch.accept()
    let clocks = try watch.clocks()
    #expect(clocks.compactMap(\.clock).map(\.kind) == [.promise, .legal])
    #expect(clocks.compactMap(\.due).map(\.dueOn) == ["2026-09-23", "2026-10-16"])
    let sunday = clocks[0].due?.days.first { $0.day == "2026-09-20" }
    #expect(sunday?.number == 5)
    #expect(sunday?.decree == "国办发明电")
  }

  @Test func `refuses a case that is not known`() throws {
    let watch = try Watch()
    #expect { try watch.clocks("nobody") } throws: {
      ($0 as? Room.Refused)?.reason == "NOT_FOUND"
    }
  }
}
