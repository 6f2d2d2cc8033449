import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Monitoring

/// What is served from memory is what the store says.
@Suite struct `Recent alerts` {
  private typealias Filter = MonitoringV1.AlertFilter

  /// Publishes entries of several halls as acts of one to three, some of them no alerts.
  private func publish(_ count: Int, in watch: Watch, _ generator: inout SeededGenerator) throws {
    var left = count
    while left > 0 {
      let act = min(left, Int.random(in: 1...3, using: &generator))
      left -= act
      let hall = Int.random(in: 0..<4, using: &generator) == 0 ? "370213" : Room.hall
      let subject = "C-\(Int.random(in: 0..<5, using: &generator))"
      let isAlert = Int.random(in: 0..<5, using: &generator) > 0
      watch.room.clock.advance(byMilliseconds: 1)
      let now = watch.room.clock.now
      let alerts = (0..<act).map { _ in
        MonitoringV1.Alert(
          id: "\(generator.next())",
          subject: subject,
          kind: [.promise, .step, .legal].randomElement(using: &generator) ?? .promise,
          level: [.yellow, .orange, .red, .cleared].randomElement(using: &generator) ?? .red,
          itemCode: ["X", "Y"].randomElement(using: &generator) ?? "X",
          departmentCode: ["001", "002"].randomElement(using: &generator) ?? "001"
        )
      }
      try watch.room.engine.store.write { transaction in
        for alert in alerts {
          let payload = MonitoringV1.AlertRaised(alert: alert)
          try transaction.publish(
            FeedDraft(
              id: alert.id,
              hall: hall,
              recordedAt: now,
              type: "org.onedoor.test",
              subject: subject,
              actor: "monitoring",
              payloadType: isAlert ? MonitoringV1.AlertRaised.fullName : "org.onedoor.Other",
              payload: payload.encode()
            )
          )
        }
      }
    }
  }

  private func look(
    _ watch: Watch,
    behind position: Int64,
    _ filters: [Filter],
    _ recent: RecentAlerts?
  ) throws -> AlertFeed.Found {
    let engine = watch.room.engine
    let call = Call.ofTheSystem(
      "FollowAlerts",
      service: "monitoring",
      hall: Room.hall,
      now: watch.room.clock.now,
      surroundings: engine.surroundings
    )
    return try engine.store.read { snapshot in
      let reading = Reading(call: call, snapshot: snapshot, seal: engine.seal)
      return try AlertFeed(reading: reading, filters: filters, recent: recent)
        .look(behind: position, wanted: 100, splits: false)
    }
  }

  private func line(_ found: AlertFeed.Found) -> String {
    let atoms = found.atoms.map { atom in
      "\(atom.alerts.map(\.sequence)) \(atom.position) \(atom.isWhole)"
    }
    return "\(atoms) \(found.position) \(found.hasMore)"
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `are those of the store, behind every position and through every filter`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let watch = try Watch()
    let recent = RecentAlerts()
    let filters: [[Filter]] = [
      [], [Filter(kinds: [.promise])], [Filter(levels: [.red])],
      [Filter(itemCodes: ["X"]), Filter(departmentCodes: ["001"])],
    ]
    for count in [3, 40, 1, RecentAlerts.most + 700, 5, 200, 300] {
      try publish(count, in: watch, &generator)
      let head = try watch.room.engine.store.read { try $0.feedHead().position }
      var positions = [0, head / 2, head - 1, head]
      positions += (0..<4).map { _ in Int64.random(in: 0...head, using: &generator) }
      for position in positions {
        for filter in filters {
          let told = try look(watch, behind: position, filter, recent)
          let stored = try look(watch, behind: position, filter, nil)
          #expect(line(told) == line(stored), "behind \(position) of \(head), \(filter)")
        }
      }
    }
  }

  @Test func `are kept for the head alone`() throws {
    var generator = SeededGenerator(seed: 4)
    let watch = try Watch()
    let recent = RecentAlerts()
    try publish(RecentAlerts.most + 100, in: watch, &generator)
    let engine = watch.room.engine
    func kept(behind position: Int64) throws -> Int? {
      let call = Call.ofTheSystem(
        "FollowAlerts",
        service: "monitoring",
        hall: Room.hall,
        now: watch.room.clock.now,
        surroundings: engine.surroundings
      )
      return try engine.store.read { snapshot in
        let reading = Reading(call: call, snapshot: snapshot, seal: engine.seal)
        return try recent.entries(behind: position, limit: 10, reading)?.count
      }
    }
    let head = try engine.store.read { try $0.feedHead().position }
    #expect(try kept(behind: head) == 0)
    #expect(try kept(behind: head - 3) == 3)
    #expect(try kept(behind: head - Int64(RecentAlerts.most)) == 10)
    #expect(try kept(behind: head - Int64(RecentAlerts.most) - 1) == nil)
  }

  @Test func `of one act that a filter hides in part do not join the act before it`() throws {
    let watch = try Watch()
    for (act, kinds) in [[MonitoringV1.AlertKind.promise], [.legal, .promise]].enumerated() {
      watch.room.clock.advance(byMilliseconds: 1)
      let now = watch.room.clock.now
      try watch.room.engine.store.write { transaction in
        for kind in kinds {
          let alert = MonitoringV1.Alert(id: "\(act)-\(kind)", kind: kind, level: .red)
          try transaction.publish(
            FeedDraft(
              id: alert.id,
              hall: Room.hall,
              recordedAt: now,
              type: "org.onedoor.test",
              subject: "C-\(act)",
              actor: "monitoring",
              payloadType: MonitoringV1.AlertRaised.fullName,
              payload: MonitoringV1.AlertRaised(alert: alert).encode()
            )
          )
        }
      }
    }
    let found = try look(watch, behind: 0, [Filter(kinds: [.promise])], nil)
    #expect(found.atoms.map(\.alerts.count) == [1, 1])
    #expect(found.atoms.map(\.isWhole) == [true, false])
  }
}
