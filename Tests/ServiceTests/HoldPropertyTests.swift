import Foundation
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

/// Backups of three services that follow each other, at any instant and in any order.
@Suite struct HoldPropertyTests {
  private static let names = ["catalogue", "intake", "approval"]

  /// Three rooms, and what may happen between them.
  private struct House {
    var generator: SeededGenerator
    let rooms: [Room]

    init(seed: UInt64) throws {
      generator = SeededGenerator(seed: seed)
      let clock = ManualClock(startingAt: Room.opening)
      rooms = try names.map { name in
        try Room(Self.definition(name), clock: clock, seed: seed)
      }
    }

    private static func definition(_ name: String) -> Definition {
      var definition = Definition(name: name, migrations: [])
      definition.follows = names.filter { $0 != name }.map { Effects(of: $0) }
      return definition
    }

    /// Something happens: an entry is recorded, some are fetched, or a writer does a step.
    mutating func act() throws {
      let room = rooms.randomElement(using: &generator) ?? rooms[0]
      switch Int.random(in: 0..<5, using: &generator) {
      case 0, 1: publish(room)
      case 2, 3: try fetch(room)
      default: room.engine.step()
      }
    }

    mutating func acts() throws {
      for _ in 0..<Int.random(in: 0..<12, using: &generator) { try act() }
    }

    private func publish(_ room: Room) {
      let engine = room.engine
      let call = Call.ofTheSystem(
        "Probe",
        service: engine.definition.name,
        hall: Room.hall,
        now: engine.surroundings.hallNow(),
        surroundings: engine.surroundings
      )
      engine.write(call) { writing in
        try writing.publish(CatalogueV1.PublishResponse(published: 1), subject: "probe")
      } completion: { _ in
      }
      engine.step()
    }

    private mutating func fetch(_ room: Room) throws {
      guard let follower = room.engine.followers.randomElement(using: &generator),
        let upstream = rooms.first(where: { $0.engine.definition.name == follower.upstream })
      else { return }
      let entries = try upstream.feed(after: follower.wanted).map {
        try FeedV1.Entry($0, opening: upstream.engine.seal)
      }
      follower.offer(entries, head: try upstream.feed().last?.position ?? 0)
      if Bool.random(using: &generator) { room.engine.step() }
    }

    /// Makes a backup as the command does, with anything happening in between.
    ///
    /// - Returns: What is wrong between the copies.
    mutating func backUp(isHeld: Bool) throws -> [BackupFault] {
      let folder = FileManager.default.temporaryDirectory
        .appending(path: "hold-\(UUID().uuidString)").path()
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      if isHeld {
        for room in rooms.shuffled(using: &generator) {
          _ = room.engine.hold("drill", forMilliseconds: 1_000) {}
          try acts()
          // The one who asked is told at the end of a step.
          room.engine.step()
        }
      }
      var instants: [(name: String, instant: StoreInstant)] = []
      for room in rooms.shuffled(using: &generator) {
        try acts()
        let instant = try room.engine.store.instant(takenAt: Room.opening)
        if isHeld { #expect(room.engine.release("drill") != nil) }
        instants.append((room.engine.definition.name, instant))
      }
      try acts()
      for (name, instant) in instants {
        _ = try instant.copy(to: "\(folder)/\(BackupCheck.file(of: name))")
      }
      return BackupCheck(folder, of: names, isThorough: true).faults
    }
  }

  @Test(arguments: UInt64(0)..<60)
  func `copies of a house that was held fit, whatever happens meanwhile`(seed: UInt64) throws {
    var house = try House(seed: seed)
    for _ in 0..<2 {
      try house.acts()
      #expect(try house.backUp(isHeld: true).isEmpty)
    }
  }

  @Test func `copies of a house that was not held do not always`() throws {
    let kinds = try (UInt64(0)..<60).flatMap { seed in
      var house = try House(seed: seed)
      for _ in 0..<3 { try house.acts() }
      return try house.backUp(isHeld: false).map(\.kind)
    }
    #expect(kinds.contains(.ahead) && kinds.allSatisfy { $0 == .ahead })
  }
}
