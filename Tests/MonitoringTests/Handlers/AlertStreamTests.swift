import Kernel
import Messages
import Monitoring
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `FollowAlerts` {
  private typealias Response = MonitoringV1.FollowAlertsResponse

  private func follow(
    _ watch: Watch,
    _ request: MonitoringV1.FollowAlertsRequest = .init(),
    as identity: Identity = Watch.consumer
  ) throws -> CollectedReply {
    try watch.room.begin(MonitoringV1.AlertService.followAlerts, request, as: identity)
  }

  private func ended(_ reply: CollectedReply) -> String? {
    reply.isFinished ? reply.answer?.fields.first { $0.name == "onedoor-reason" }?.value : nil
  }

  /// Three cases with alerts of every level, decided at last.
  private func busy() throws -> Watch {
    let watch = try Watch()
    for number in ["A", "B", "C"] { try watch.accept(number, item: "X-\(number)") }
    watch.room.advance(toDay: "2026-09-22")
    watch.room.advance(toDay: "2026-10-20")
    for number in ["A", "B", "C"] { try watch.decide(number) }
    return watch
  }

  @Test func `is reliable, unique and ordered: all alerts, once, in the order of each case`() throws
  {
    let watch = try busy()
    let reply = try follow(watch)
    let alerts = try watch.room.messages(Response.self, of: reply).flatMap(\.alerts)
    #expect(alerts.map(\.id) == (try watch.alerts().map(\.id)))
    #expect(Set(alerts.map(\.id)).count == 18)
    #expect(alerts.map(\.sequence) == alerts.map(\.sequence).sorted())
    #expect(alerts.allSatisfy { $0.sequence.count == 20 })
    for number in ["A", "B", "C"] {
      let own = alerts.filter { $0.subject == number && $0.level != .cleared }
      let times = own.compactMap { $0.time?.instant }
      #expect(times == times.sorted())
    }
  }

  @Test func `M8: is atomic: what was committed together arrives together`() throws {
    let watch = try busy()
    let reply = try follow(watch)
    let last = try watch.room.messages(Response.self, of: reply).suffix(3)
    #expect(last.map(\.alerts.count) == [2, 2, 2])
    #expect(last.allSatisfy { Set($0.alerts.map(\.subject)).count == 1 })
    #expect(last.allSatisfy { $0.cursor == $0.alerts.last?.cursor })
  }

  @Test func `is resumable from every cursor`() throws {
    let watch = try busy()
    let all = try watch.read(.init(limit: 500)).alerts
    for (index, alert) in all.enumerated() {
      let reply = try follow(watch, .init(cursor: alert.cursor))
      let rest = try watch.room.messages(Response.self, of: reply).flatMap(\.alerts)
      #expect(rest.map(\.id) == all.dropFirst(index + 1).map(\.id))
      reply.cancel()
    }
  }

  @Test(arguments: [false, true])
  func `readers who begin within what was committed together share nothing with those before`(
    isReversed: Bool
  ) throws {
    let watch = try busy()
    let all = try watch.read(.init(limit: 500)).alerts
    var places = Array(all.indices)
    if isReversed { places.reverse() }
    // All of them are served in the same step.
    let replies = try places.map { try follow(watch, .init(cursor: all[$0].cursor)) }
    for (place, reply) in zip(places, replies) {
      let rest = try watch.room.messages(Response.self, of: reply).flatMap(\.alerts)
      #expect(rest.map(\.id) == all.dropFirst(place + 1).map(\.id))
    }
  }

  @Test func `is bookmarkable: a quiet filter's heartbeat carries a cursor that advances`() throws {
    let watch = try busy()
    let reply = try follow(watch, .init(filter: .init(kinds: [.rating])))
    #expect(try watch.room.messages(Response.self, of: reply).isEmpty)
    watch.room.advance(to: watch.room.clock.now.advanced(byMilliseconds: 5_000))
    let heartbeat = try #require(try watch.room.messages(Response.self, of: reply).first)
    #expect(heartbeat.alerts.isEmpty)
    #expect(try watch.read(.init(cursor: heartbeat.cursor)).alerts.isEmpty)
    #expect(heartbeat.cursor == (try watch.read(.init(limit: 500)).cursor))
  }

  @Test func `tells what comes later`() throws {
    let watch = try Watch()
    try watch.accept()
    let reply = try follow(watch)
    #expect(try watch.room.messages(Response.self, of: reply).isEmpty)
    watch.room.advance(toDay: "2026-09-21")
    #expect(try watch.room.messages(Response.self, of: reply).flatMap(\.alerts).count == 1)
  }

  @Test func `filters, and tells CLEARED for alerts that pass`() throws {
    let watch = try busy()
    let red = try watch.read(.init(limit: 500, filter: .init(levels: [.red]))).alerts
    #expect(red.map(\.level) == [.red, .red, .red, .cleared, .cleared, .cleared])
    #expect(red.allSatisfy { $0.kind == .promise })
    let item = try watch.read(.init(limit: 500, filter: .init(itemCodes: ["X-B"]))).alerts
    #expect(Set(item.map(\.subject)) == ["B"])
    #expect(item.count == 6)
    let other = try watch.read(.init(filter: .init(departmentCodes: ["002"])))
    #expect(other.alerts.isEmpty && !other.more)
    #expect(try watch.read(.init(limit: 500, filter: .init(kinds: [.legal]))).alerts.count == 6)
  }

  @Test func `pages honour their limit`() throws {
    let watch = try busy()
    var cursor = ""
    var ids: [String] = []
    var pages = 0
    while true {
      let page = try watch.read(.init(cursor: cursor, limit: 5))
      #expect(page.alerts.count <= 5)
      ids += page.alerts.map(\.id)
      cursor = page.cursor
      pages += 1
      if !page.more { break }
    }
    #expect(pages == 4)
    #expect(ids == (try watch.alerts().map(\.id)))
  }

  @Test func `refuses cursors of the future, of other halls, and of lost entries`() throws {
    let watch = try busy()
    func reason(_ cursor: String) throws -> String {
      do {
        _ = try watch.read(.init(cursor: cursor))
        return ""
      } catch let refused as Room.Refused {
        return refused.reason
      }
    }
    #expect(try reason(Paging.token([Room.hall, "9999"])) == "CURSOR_FROM_FUTURE")
    #expect(try reason(Paging.token(["370200", "1"])) == "INVALID_FIELDS")
    #expect(try reason("nonsense") == "INVALID_FIELDS")
    #expect(try reason("") == "")
    let lost = watch.room.engine.store.batch([
      { transaction in
        try transaction.execute("DELETE FROM feed WHERE position <= 3")
      }
    ])
    #expect(lost.first?.failure == nil)
    #expect(try reason("") == "CURSOR_TOO_OLD")
    #expect(try reason(Paging.token([Room.hall, "3"])) == "")
  }

  @Test func `refuses the cursor of a record that another has taken the place of`() throws {
    let watch = try busy()
    let before = try watch.read(.init(limit: 500))
    // What a restore leaves: the same positions, other entries.
    let restored = try Watch()
    for number in ["D", "E", "F"] { try restored.accept(number) }
    restored.room.advance(toDay: "2026-10-20")
    for number in ["D", "E", "F"] { try restored.decide(number) }
    let head = try restored.read(.init(limit: 500)).cursor
    func refused(_ cursor: String) throws -> [String] {
      do {
        _ = try restored.read(.init(cursor: cursor))
        return []
      } catch let refused as Room.Refused {
        return [refused.reason]
      }
    }
    #expect(try refused(before.cursor) == ["CURSOR_FROM_FUTURE"])
    for alert in before.alerts { #expect(try refused(alert.cursor) == ["CURSOR_FROM_FUTURE"]) }
    #expect(try refused(head) == [])
    // Cursors of older programs bear no mark.
    #expect(try refused(Paging.token([Room.hall, "3"])) == [])
    #expect(try refused(Paging.token([Room.hall, "0"])) == [])
  }

  @Test func `a named consumer goes on behind its committed cursor, one reader at a time`() throws {
    let watch = try busy()
    let alerts = try watch.read(.init(limit: 500)).alerts
    let service = MonitoringV1.AlertService.self
    let name = MonitoringV1.RegisterConsumerRequest(name: "board")
    let first = try watch.room.call(service.registerConsumer, name, as: Watch.consumer)
    #expect(try watch.room.call(service.registerConsumer, name, as: Watch.consumer) == first)
    let committed = try watch.room.call(
      service.commitCursor,
      .init(consumer: "board", cursor: alerts[9].cursor),
      as: Watch.consumer
    )
    #expect(committed.lag == 8)

    let reply = try follow(watch, .init(consumer: "board"))
    let rest = try watch.room.messages(Response.self, of: reply).flatMap(\.alerts)
    #expect(rest.map(\.id) == alerts.dropFirst(10).map(\.id))

    let second = try follow(watch, .init(consumer: "board"))
    watch.room.settle()
    #expect(second.isFinished)
    #expect(
      String(decoding: second.takePieces().joined(), as: UTF8.self).contains("failed_precondition")
    )

    reply.cancel()
    watch.room.advance(to: watch.room.clock.now.advanced(byMilliseconds: 15_001))
    let third = try follow(watch, .init(consumer: "board"))
    #expect(try watch.room.messages(Response.self, of: third).flatMap(\.alerts).count == 8)
  }

  @Test func `keeps a lease as long as its reader reads`() throws {
    let watch = try busy()
    let service = MonitoringV1.AlertService.self
    try watch.room.call(service.registerConsumer, .init(name: "board"), as: Watch.consumer)
    let reply = try follow(watch, .init(consumer: "board"))
    for _ in 0..<4 {
      watch.room.advance(to: watch.room.clock.now.advanced(byMilliseconds: 10_000))
    }
    let second = try follow(watch, .init(consumer: "board"))
    watch.room.settle()
    #expect(second.isFinished && !reply.isFinished)
  }

  @Test func `commits never go back nor ahead, and consumers are their owner's`() throws {
    let watch = try busy()
    let alerts = try watch.read(.init(limit: 500)).alerts
    let service = MonitoringV1.AlertService.self
    try watch.room.call(
      service.registerConsumer,
      .init(name: "board", cursor: alerts[4].cursor),
      as: Watch.consumer
    )
    func reason(_ consumer: String, _ cursor: String, _ identity: Identity) -> String {
      do {
        try watch.room.call(
          service.commitCursor,
          .init(consumer: consumer, cursor: cursor),
          as: identity
        )
        return ""
      } catch {
        return (error as? Room.Refused)?.reason ?? "?"
      }
    }
    let other = Identity("reader-2", [.consumer])
    #expect(reason("board", alerts[3].cursor, Watch.consumer) == "CURSOR_BACKWARDS")
    #expect(reason("board", alerts[4].cursor, Watch.consumer) == "")
    #expect(
      reason("board", Paging.token([Room.hall, "9999"]), Watch.consumer) == "CURSOR_FROM_FUTURE"
    )
    #expect(reason("board", alerts[5].cursor, other) == "NOT_FOUND")
    #expect(reason("nobody", alerts[5].cursor, Watch.consumer) == "NOT_FOUND")
    #expect(throws: Room.Refused.self) {
      try watch.room.call(service.registerConsumer, .init(name: "board"), as: other)
    }
    let filtered = MonitoringV1.RegisterConsumerRequest(
      name: "board",
      filter: .init(kinds: [.legal])
    )
    #expect(throws: Room.Refused.self) {
      try watch.room.call(service.registerConsumer, filtered, as: Watch.consumer)
    }
    let operatorOne = Identity.official(.operator, "operator-1")
    try watch.room.call(service.registerConsumer, .init(name: "shared"), as: operatorOne)
    #expect(reason("shared", alerts[5].cursor, other) == "")
  }

  @Test func `takes a cursor or a consumer, not both`() throws {
    let watch = try busy()
    try watch.room.call(
      MonitoringV1.AlertService.registerConsumer,
      .init(name: "board"),
      as: Watch.consumer
    )
    let cursor = try watch.read(.init()).cursor
    let reply = try follow(watch, .init(cursor: cursor, consumer: "board"))
    watch.room.settle()
    #expect(reply.isFinished)
  }
}
