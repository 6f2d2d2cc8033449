import Foundation
import Kernel
import Testing

@testable import Storage

/// Whether the copies of a house fit one another.
@Suite struct BackupCheckTests {
  static let now = Instant(unixMilliseconds: 1_789_000_000_000)

  /// Who follows whom in the house.
  static let follows = [
    "catalogue": [], "gateway": [], "intake": ["approval", "catalogue"],
    "approval": ["catalogue", "intake"], "queueing": ["approval", "catalogue", "intake"],
    "monitoring": ["approval", "catalogue", "gateway", "intake", "queueing"],
  ]

  /// The hash of an entry, as these tests have it.
  static func hash(_ service: String, _ position: Int64) -> [UInt8] {
    position == 0 ? [] : Array("\(service)-\(position)".utf8)
  }

  /// Six manifests whose feeds have ten entries each, all followed up to a position.
  static func house(followedTo position: Int64) -> [BackupManifest] {
    follows.sorted { $0.key < $1.key }.map { service, upstreams in
      BackupManifest(
        service: service,
        madeAt: now,
        bytes: 4_096,
        sha256: String(repeating: "0", count: 64),
        head: FeedHead(position: 10, hash: hash(service, 10)),
        cursors: upstreams.map {
          Cursor(upstream: $0, position: position, hash: hash($0, position))
        },
        schema: ""
      )
    }
  }

  private static func faults(
    _ manifests: [BackupManifest],
    asked: (String, FeedHead) -> Void = { _, _ in }
  ) -> [String] {
    BackupCheck.faults(among: manifests) { upstream, head in
      asked(upstream, head)
      return head.hash == hash(upstream, head.position)
    }
    .map { "\($0.kind.rawValue) \($0.file): \($0.detail)" }
  }

  @Test(arguments: [0, 1, 9, 10] as [Int64])
  func `followers that are level with their upstreams or behind them fit`(position: Int64) {
    #expect(Self.faults(Self.house(followedTo: position)).isEmpty)
  }

  @Test func `a copy is asked only for what lies before the end of its feed`() {
    var asked: [Int64] = []
    _ = Self.faults(Self.house(followedTo: 10)) { asked.append($1.position) }
    #expect(asked.isEmpty)
    _ = Self.faults(Self.house(followedTo: 7)) { asked.append($1.position) }
    #expect(asked == Array(repeating: 7, count: 12))
  }

  @Test func `each pair that does not fit is named`() {
    var manifests = Self.house(followedTo: 9)
    let monitoring = manifests.firstIndex { $0.service == "monitoring" } ?? 0
    let intake = manifests.firstIndex { $0.service == "intake" } ?? 0
    manifests[monitoring].cursors[4].position = 11
    manifests[monitoring].cursors[2].hash = [1]
    manifests[intake].cursors[0] = Cursor(upstream: "approval", position: 10, hash: [2])
    #expect(
      Self.faults(manifests) == [
        "OTHER_RECORD intake.sqlite: intake has seen 10 entries of approval, "
          + "but the last of them is another one in approval's own copy",
        "OTHER_RECORD monitoring.sqlite: monitoring has seen 9 entries of gateway, "
          + "but the last of them is another one in gateway's own copy",
        "AHEAD monitoring.sqlite: monitoring has seen 11 entries of queueing, "
          + "whose own copy holds 10",
      ]
    )
  }

  @Test func `what follows a service without a copy is not compared with it`() {
    let manifests = Self.house(followedTo: 99).filter { $0.service == "intake" }
    #expect(Self.faults(manifests).isEmpty)
  }

  // MARK: - Folders

  /// Two stores of which one follows the other, as far as it says.
  private func backup(_ scratch: Scratch, seen: Int64) throws {
    let upstream = try Example.store(scratch, "up.sqlite", service: "catalogue")
    let follower = try Example.store(scratch, "down.sqlite")
    for number in 0..<10 { try upstream.write { try $0.addPublishedNote("n\(number)") } }
    let entries = try upstream.read { try $0.feedEntries(after: 0, limit: 10) }
    let hash = seen <= 10 ? entries[Int(seen) - 1].hash : [1, 2, 3]
    try follower.write { try $0.saveCursor(upstream: "catalogue", position: seen, hash: hash) }
    try upstream.backup(to: scratch.path("catalogue.sqlite"), madeAt: Self.now)
    try follower.backup(to: scratch.path("intake.sqlite"), madeAt: Self.now)
  }

  private func kinds(_ scratch: Scratch, _ services: [String]) -> [String] {
    BackupCheck(scratch.path(""), of: services, isThorough: true).faults
      .map { "\($0.kind.rawValue) \($0.file)" }
  }

  @Test func `copies in a folder are compared hash by hash`() throws {
    for (seen, expected) in [(4, []), (10, []), (11, ["AHEAD intake.sqlite"])]
      as [(Int64, [String])]
    {
      let scratch = Scratch()
      try backup(scratch, seen: seen)
      #expect(kinds(scratch, ["catalogue", "intake"]) == expected)
    }
  }

  @Test func `all that is wrong with files is told at once`() throws {
    let scratch = Scratch()
    try backup(scratch, seen: 4)
    for name in ["approval", "queueing", "monitoring"] {
      for end in ["", ".manifest"] {
        try FileManager.default.copyItem(
          atPath: scratch.path("catalogue.sqlite\(end)"),
          toPath: scratch.path("\(name).sqlite\(end)")
        )
      }
    }
    try scratch.damage("catalogue.sqlite", at: 5_000, with: [0xEE])
    truncate(scratch.path("intake.sqlite"), 4_096)
    try FileManager.default.removeItem(atPath: scratch.path("queueing.sqlite.manifest"))
    try Files.writeDurably(scratch.path("monitoring.sqlite.manifest"), [0x78])
    #expect(
      kinds(scratch, ["catalogue", "intake", "approval", "queueing", "monitoring", "gateway"]) == [
        "CHANGED catalogue.sqlite", "CHANGED intake.sqlite", "FOREIGN approval.sqlite",
        "MISSING queueing.sqlite.manifest", "UNREADABLE monitoring.sqlite.manifest",
        "MISSING gateway.sqlite.manifest",
      ]
    )
  }

  @Test func `a feed whose chain is broken is found though every hash of a file agrees`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch, "up.sqlite", service: "catalogue")
    for number in 0..<10 { try store.write { try $0.addPublishedNote("n\(number)") } }
    try store.write { try $0.execute("UPDATE feed SET subject = 'x' WHERE position = 4", []) }
    try store.backup(to: scratch.path("catalogue.sqlite"), madeAt: Self.now)
    let check = BackupCheck(scratch.path(""), of: ["catalogue"], isThorough: true)
    #expect(check.faults.map(\.detail) == ["the feed is broken at entry 4: hash"])
    #expect(BackupCheck(scratch.path(""), of: ["catalogue"], isThorough: false).faults.isEmpty)
  }

  @Test func `what is in the way of a restored store is said, and nothing is written`() throws {
    let scratch = Scratch()
    #expect(Store.obstacle(at: scratch.path("x.sqlite")) == nil)
    let store = try Example.store(scratch, "x.sqlite")
    #expect(Store.obstacle(at: scratch.path("x.sqlite")) != nil)
    try FileManager.default.moveItem(
      atPath: scratch.path("x.sqlite"),
      toPath: scratch.path("y.sqlite")
    )
    for end in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: scratch.path("x.sqlite\(end)"))
    }
    let obstacle = Store.obstacle(at: scratch.path("x.sqlite"))
    let isLocked = if case .locked? = obstacle { true } else { false }
    #expect(isLocked)
    store.close()
    #expect(Store.obstacle(at: scratch.path("x.sqlite")) == nil)
  }
}
