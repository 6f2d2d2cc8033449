import Foundation
import HTTP2
import Host
import Kernel
import Messages
import Service
import Storage
import Testing

@Suite struct ServiceRunnerTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let upstream = Definition(name: "catalogue", migrations: [])

  /// A service that follows the other and tells each number that takes effect.
  private static func follower(
    _ told: @escaping @Sendable (UInt32) -> Void
  ) -> Definition {
    var effects = Effects(of: "catalogue")
    effects.on(CatalogueV1.PublishResponse.self) { message, _, _ in told(message.published) }
    var definition = Definition(name: "intake", migrations: [])
    definition.follows = [effects]
    return definition
  }

  @Test(.timeLimit(.minutes(1)))
  func `a service that is ready says so, and its metrics please Prometheus`() async throws {
    let service = try await RunningService.start(Self.upstream, in: folder)
    #expect(try await service.get("/livez").status == 200)
    let ready = try await service.get("/readyz?verbose")
    let text = String(decoding: ready.body, as: UTF8.self)
    #expect(ready.status == 200)
    for check in ["store-read", "store-write", "migrations", "durability", "disk", "draining"] {
      #expect(text.contains("[+] \(check) ok\n"))
    }
    _ = try await service.get("/onedoor.feed.v1.FeedService/GetHead")
    let metrics = try await service.get("/metrics")
    let complaints = try Promtool.complaints(about: String(decoding: metrics.body, as: UTF8.self))
    #expect(complaints == "")
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a follower takes each entry once and catches up after its upstream was away`() async throws
  {
    let (numbers, told) = AsyncStream.makeStream(of: UInt32.self)
    let first = try await RunningService.start(Self.upstream, in: folder)
    let place = ["ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(first.port)"]
    let intake = try await RunningService.start(
      Self.follower { told.yield($0) },
      in: folder,
      environment: place
    )
    try await first.publish(1...40)
    var seen: [UInt32] = []
    for await number in numbers {
      seen.append(number)
      if number == 40 { break }
    }
    try await first.stop()
    let second = try await RunningService.start(Self.upstream, in: folder, environment: place)
    try await second.publish(41...50)
    for await number in numbers {
      seen.append(number)
      if number == 50 { break }
    }
    #expect(seen == Array(1...50))
    try await intake.stop()
    try await second.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a watch hears the head alone, and anew after its upstream was away`() async throws {
    let (heard, told) = AsyncStream.makeStream(of: (head: Int64, isFirst: Bool).self)
    let first = try await RunningService.start(Self.upstream, in: folder)
    try await first.publish(1...250)
    let place = ["ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(first.port)"]
    let intake = try await RunningService.start(
      Definition(name: "intake", migrations: []),
      in: folder,
      watches: [HeadWatch(of: "catalogue") { told.yield(($0, $1)) }],
      environment: place
    )
    var words = heard.makeAsyncIterator()
    // Nothing of the 250 entries is read through.
    #expect(try #require(await words.next()) == (250, true))
    /// Passes over heartbeats.
    func next(after head: Int64, _ isFirst: Bool = false) async throws -> (Int64, Bool) {
      while true {
        let word = try #require(await words.next())
        if word != (head, isFirst) { return word }
      }
    }
    try await first.publish(251...251)
    #expect(try await next(after: 250) == (251, false))
    try await first.stop()
    let second = try await RunningService.start(Self.upstream, in: folder, environment: place)
    #expect(try await next(after: 251) == (251, true))
    try await second.publish(252...252)
    #expect(try await next(after: 251) == (252, false))
    try await intake.stop()
    try await second.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `after a stop the store is closed and its log is empty`() async throws {
    let service = try await RunningService.start(Self.upstream, in: folder)
    try await service.publish(1...5)
    try await service.stop()
    let log = try? FileManager.default.attributesOfItem(
      atPath: "\(folder.path)/catalogue.sqlite-wal"
    )
    #expect((log?[.size] as? Int ?? 0) == 0)
    let again = try await RunningService.start(Self.upstream, in: folder)
    #expect(again.parts.engine.store.changes.feedHead == 5)
    try await again.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a second process on the same store is refused`() async throws {
    let service = try await RunningService.start(Self.upstream, in: folder)
    await #expect(throws: StoreError.self) {
      try await RunningService.start(Self.upstream, in: folder)
    }
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a backup is made for who holds the service's own key`() async throws {
    let service = try await RunningService.start(Self.upstream, in: folder)
    try await service.publish(1...3)
    let path = "\(folder.path)/backup.sqlite"
    #expect(try await backup(service, to: path, as: "intake").status == 403)
    #expect(try await backup(service, to: path, as: "catalogue").status == 200)
    #expect(try Store.checkBackup(path).feedPosition == 3)
    try await service.stop()
  }

  private func backup(
    _ service: RunningService,
    to path: String,
    as name: String
  ) async throws -> ClientAnswer {
    _ = try KeyFolder(path: "\(folder.path)/keys").makeMissing(for: ["intake"]) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
    let pass = Pass.ofOperator(at: name, hall: "370212", now: .realNow)
    let keyring = try KeyFolder(path: "\(folder.path)/keys").keyring(of: name)
    var head = HeaderList(call: "/admin/backup", to: .loopback(service.port))
    head.append("onedoor-pass", try keyring.seal(pass))
    let loops = Loops()
    let connection = try await ClientConnection.connect(to: .loopback(service.port), on: loops)
    let answer = try await connection.send(head, body: Array(path.utf8))
    await connection.close()
    await loops.stop()
    return answer
  }

  @Test(.timeLimit(.minutes(1)))
  func `a demonstration's present is never before its record`() async throws {
    let path = "\(folder.path)/clock"
    let clock = try DemoClock.drive(path: path, start: DemoClock.beginning, speed: 0) { .realNow }
    let later = DemoClock.beginning.advanced(byMilliseconds: 86_400_000)
    try clock.advance(to: later)
    let environment = ["ONEDOOR_CLOCK": path]
    let service = try await RunningService.start(
      Self.upstream,
      in: folder,
      environment: environment
    )
    try await service.publish(1...1)
    try await service.stop()
    try FileManager.default.removeItem(atPath: path)
    let fresh = try DemoClock.drive(path: path, start: DemoClock.beginning, speed: 0) { .realNow }
    let again = try await RunningService.start(Self.upstream, in: folder, environment: environment)
    #expect(fresh.now == later)
    try await again.stop()
  }
}
