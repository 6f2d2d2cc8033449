import Foundation
import Host
import Messages
import Service
import Synchronization
import Testing

/// What an operator sees when a followed feed is not heard, or was cut off.
@Suite(.timeLimit(.minutes(1))) struct FeedSightTests {
  private let folder: TemporaryFolder
  private static let upstream = Definition(name: "catalogue", migrations: [])

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What a service wrote into its log.
  private final class Lines: Sendable {
    private let all = Mutex<[String]>([])

    func add(_ line: String) { all.withLock { $0.append(line) } }

    /// The levels of the lines with a message.
    func levels(_ message: String) throws -> [String] {
      try all.withLock { $0 }.compactMap { line in
        let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        return fields?["message"] == message ? fields?["level"] : nil
      }
    }
  }

  private func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(20)) }
  }

  private func follower() -> Definition {
    var effects = Effects(of: "catalogue")
    effects.on(CatalogueV1.PublishResponse.self) { _, _, _ in }
    var definition = Definition(name: "intake", migrations: [])
    definition.follows = [effects]
    return definition
  }

  /// The value of a metric of the feed of the catalogue.
  private func metric(_ name: String, of service: RunningService) async throws -> String? {
    let text = String(decoding: try await service.get("/metrics").body, as: UTF8.self)
    let head = "\(name){upstream=\"catalogue\"} "
    return text.split(separator: "\n").first { $0.hasPrefix(head) }.map {
      String($0.dropFirst(head.count))
    }
  }

  @Test func `a feed that is lost is told once, shown, and told once when it is back`() async throws
  {
    let lines = Lines()
    let first = try await RunningService.start(Self.upstream, in: folder)
    let place = ["ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(first.port)"]
    // One is followed, the other only watched.
    let intake = try await RunningService.start(
      follower(),
      in: folder,
      watches: [HeadWatch(of: "catalogue") { _, _ in }],
      environment: place,
      lines: { lines.add($0) }
    )
    let name = "onedoor_feed_out_of_sight"
    try await until { try await metric(name, of: intake) == "0" }
    #expect(try lines.levels("feed is not reachable") == [])
    try await first.stop()
    try await until { try lines.levels("feed is not reachable").count == 2 }
    #expect(try await metric(name, of: intake) == "1")
    // Some further tries.
    try await Task.sleep(for: .seconds(1))
    #expect(try lines.levels("feed is not reachable") == ["warning", "warning"])
    #expect(try lines.levels("feed is reachable again") == [])
    let second = try await RunningService.start(Self.upstream, in: folder, environment: place)
    try await until { try lines.levels("feed is reachable again").count == 2 }
    #expect(try lines.levels("feed is reachable again") == ["info", "info"])
    try await until { try await metric(name, of: intake) == "0" }
    try await intake.stop()
    try await second.stop()
  }

  @Test func `a feed that began anew stops its follower, which is shown and told once`()
    async throws
  {
    let lines = Lines()
    let first = try await RunningService.start(Self.upstream, in: folder)
    try await first.publish(1...5)
    let place = ["ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(first.port)"]
    let intake = try await RunningService.start(
      follower(),
      in: folder,
      environment: place,
      lines: { lines.add($0) }
    )
    let following = intake.parts.engine.followers[0]
    try await until { following.applied == 5 }
    #expect(try await metric("onedoor_feed_stopped", of: intake) == "0")
    try await first.stop()
    for end in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(folder.path)/catalogue.sqlite\(end)")
    }
    let second = try await RunningService.start(Self.upstream, in: folder, environment: place)
    try await until { following.isStopped }
    let detail = "broken chain: catalogue ends at 0 and was followed to 5"
    #expect(following.fault?.position == 6 && following.fault?.detail == detail)
    #expect(try await metric("onedoor_feed_stopped", of: intake) == "1")
    try await Task.sleep(for: .seconds(1))
    let message = "the record of an upstream is shorter than what was followed of it"
    #expect(try lines.levels(message) == ["error"])
    try await intake.stop()
    try await second.stop()
  }
}
