import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Monitoring

@Suite struct `Atoms of the alert feed` {
  @Test func `are whole on pages of every size, none lost and none twice`() throws {
    let watch = try Watch()
    for number in ["A", "B", "C"] { try watch.accept(number) }
    watch.room.advance(toDay: "2026-10-20")
    for number in ["A", "B", "C"] { try watch.decide(number) }
    let all = try watch.alerts().map(\.id)
    for size in 1...20 {
      var position: Int64 = 0
      var ids: [String] = []
      var hasMore = true
      while hasMore {
        let found = try look(watch, behind: position, wanted: size)
        for atom in found.atoms where atom.alerts.contains(where: { $0.level == .cleared }) {
          #expect(atom.alerts.count == 2)
        }
        ids += found.atoms.flatMap(\.alerts).map(\.id)
        #expect(found.position > position || !found.hasMore)
        (position, hasMore) = (found.position, found.hasMore)
      }
      #expect(ids == all, "pages of \(size)")
    }
  }

  private func look(_ watch: Watch, behind position: Int64, wanted: Int) throws -> AlertFeed.Found {
    let engine = watch.room.engine
    let call = Call.ofTheSystem(
      "FollowAlerts",
      service: "monitoring",
      hall: Room.hall,
      now: watch.room.clock.now,
      surroundings: engine.surroundings
    )
    return try engine.store.read { snapshot in
      try AlertFeed(
        reading: Reading(call: call, snapshot: snapshot, seal: engine.seal),
        filters: []
      )
      .look(behind: position, wanted: wanted, splits: false)
    }
  }

  @Test func `a stream's place keeps lease and position apart`() {
    for (lease, position) in [(0, 0), (1, 7), ((1 << 23) - 1, (1 << 40) - 1)] as [(Int64, Int64)] {
      let place = StreamPlace(packed: StreamPlace(lease: lease, position: position).packed)
      #expect(place.lease == lease && place.position == position)
    }
  }
}
