import Foundation
import HTTP2
import Host
import Kernel
import Messages
import Service
import Storage
import Testing

/// `/admin/hold`, `/admin/release` and `/admin/backup` of running services.
@Suite struct HoldEndpointTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A service and its follower, which has seen three entries.
  private struct Pair {
    let upstream: RunningService
    let follower: RunningService

    /// How many entries have come, and how many have taken effect.
    var progress: (came: Int64, applied: Int64) {
      let follower = follower.parts.engine.followers[0]
      return (follower.wanted, follower.applied)
    }

    func stop() async throws {
      try await follower.stop()
      try await upstream.stop()
    }
  }

  private func pair(hold: Int = 10_000) async throws -> Pair {
    let upstream = try await RunningService.start(
      Definition(name: "catalogue", migrations: []),
      in: folder
    )
    var definition = Definition(name: "intake", migrations: [])
    definition.follows = [Effects(of: "catalogue")]
    let follower = try await RunningService.start(
      definition,
      in: folder,
      environment: [
        "ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(upstream.port)",
        "ONEDOOR_BACKUP_HOLD": "\(hold)",
      ]
    )
    let pair = Pair(upstream: upstream, follower: follower)
    try await upstream.publish(1...3)
    try await until { pair.progress.applied == 3 }
    return pair
  }

  private func until(_ isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(2)) }
  }

  /// Asks a service with an operator's pass by its own key.
  private func ask(
    _ service: RunningService,
    _ path: String,
    _ body: String
  ) async throws -> (status: Int, text: String) {
    let name = service.parts.engine.definition.name
    let pass = Pass.ofOperator(at: name, hall: "370212", now: .realNow)
    var head = HeaderList(call: path, to: .loopback(service.port))
    head.append("onedoor-pass", try service.parts.engine.keyring.seal(pass))
    let loops = Loops()
    let connection = try await ClientConnection.connect(to: .loopback(service.port), on: loops)
    let answer = try await connection.send(head, body: Array(body.utf8), deadline: .seconds(20))
    await connection.close()
    await loops.stop()
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a follower that is held goes on once its instant is taken`() async throws {
    let pair = try await pair()
    #expect(try await ask(pair.follower, "/admin/hold", "drill-1") == (200, "held 10000\n"))
    try await pair.upstream.publish(4...6)
    try await until { pair.progress.came == 6 }
    #expect(pair.progress.applied == 3)
    let metrics = String(decoding: try await pair.follower.get("/metrics").body, as: UTF8.self)
    #expect(metrics.contains("onedoor_feeds_held 1\n"))
    let path = "\(folder.path)/copy.sqlite"
    let answer = try await ask(pair.follower, "/admin/backup", "\(path)\ndrill-1")
    let words = answer.text.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(answer.status == 200 && words.first == "instant" && words.contains("done"))
    #expect(Int64(words[2]) != nil)
    try await until { pair.progress.applied == 6 }
    #expect(try Store.checkBackup(path).cursors.map(\.position) == [3])
    try await pair.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a hold that nobody ends is over by itself, and no copy is made in its name`() async throws {
    let pair = try await pair(hold: 50)
    #expect(try await ask(pair.follower, "/admin/hold", "drill-1").status == 200)
    try await pair.upstream.publish(4...6)
    try await until { pair.progress.applied == 6 }
    let path = "\(folder.path)/copy.sqlite"
    let answer = try await ask(pair.follower, "/admin/backup", "\(path)\ndrill-1")
    #expect(answer.status == 410)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try await ask(pair.follower, "/admin/release", "drill-1").status == 410)
    try await pair.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `one holds at a time, by a name of its own`() async throws {
    let pair = try await pair()
    #expect(try await ask(pair.follower, "/admin/hold", "drill-1").status == 200)
    #expect(try await ask(pair.follower, "/admin/hold", "drill-2").status == 409)
    for name in ["", "two words", String(repeating: "x", count: 65), "x\ny"] {
      #expect(try await ask(pair.follower, "/admin/hold", name).status == 400)
    }
    #expect(try await ask(pair.follower, "/admin/release", "drill-2").status == 410)
    #expect(try await ask(pair.follower, "/admin/release", "drill-1").status == 200)
    #expect(try await ask(pair.follower, "/admin/hold", "drill-2").status == 200)
    try await pair.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a hold cannot be made longer without end`() async throws {
    let pair = try await pair(hold: 600)
    var answer = try await ask(pair.follower, "/admin/hold", "drill-1")
    while answer.status == 200 { answer = try await ask(pair.follower, "/admin/hold", "drill-1") }
    #expect(answer == (410, "drill-1 has held the followers for as long as it may\n"))
    // What came meanwhile takes effect without anybody's doing.
    try await pair.upstream.publish(4...6)
    try await until { pair.progress.applied == 6 }
    try await pair.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a copy that cannot be made is told in the answer`() async throws {
    let pair = try await pair()
    let path = "\(folder.path)/none/copy.sqlite"
    let answer = try await ask(pair.upstream, "/admin/backup", path)
    #expect(answer.text.hasPrefix("instant 3 -\nfailed ") && answer.text.contains(path))
    for body in ["", "copy.sqlite", "/a\nb\nc"] {
      #expect(try await ask(pair.upstream, "/admin/backup", body).status == 400)
    }
    try await pair.stop()
  }
}
