import Foundation
import HTTP2
import Host
import Kernel
import Messages
import Service
import Storage
import Testing

@Suite struct VerifyRouteTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A definition whose one check finds what it is told to.
  private static func upstream(_ faults: [StoredFault] = []) -> Definition {
    var definition = Definition(name: "catalogue", migrations: [])
    definition.verifications = [
      Verification("probes", from: [0]) { _, mark in
        // Two pages, so that a check is seen to go on behind a mark.
        mark == [0]
          ? Verification.Page(checked: 2, faults: [], next: [2])
          : Verification.Page(checked: 1, faults: faults, next: nil)
      }
    ]
    return definition
  }

  private func post(
    _ path: String,
    _ body: [UInt8] = [],
    to service: RunningService,
    signedBy signer: String? = "catalogue"
  ) async throws -> ClientAnswer {
    let loops = Loops()
    let connection = try await ClientConnection.connect(to: .loopback(service.port), on: loops)
    var head = HeaderList(call: path, to: .loopback(service.port))
    if let signer {
      let keyring = try KeyFolder(path: "\(folder.path)/keys").keyring(of: signer)
      let pass = Pass.ofOperator(at: signer, hall: "370212", now: .realNow)
      head.append(name: "onedoor-pass", value: try keyring.seal(pass), isSensitive: true)
    }
    let answer = try await connection.send(head, body: body, deadline: .seconds(20))
    await connection.close()
    await loops.stop()
    return answer
  }

  private func lines(_ answer: ClientAnswer) throws -> [VerifyLine] {
    try answer.body.split(separator: 0x0A).map {
      try JSONDecoder().decode(VerifyLine.self, from: Data($0))
    }
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: ["/admin/facts", "/admin/clock", "/admin/verify", "/admin/places"]
  )
  func `only who holds the service's own key is answered`(path: String) async throws {
    let service = try await RunningService.start(Self.upstream(), in: folder)
    #expect(try await post(path, to: service, signedBy: nil).status == 403)
    #expect(try await post(path, to: service, signedBy: "intake").status == 403)
    #expect(try await service.get(path).status != 200)
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a service tells its facts`() async throws {
    let service = try await RunningService.start(Self.upstream(), in: folder)
    let before = Instant.realNow.unixMilliseconds
    let answer = try await post("/admin/facts", to: service)
    let facts = try JSONDecoder().decode(ServiceFacts.self, from: Data(answer.body))
    #expect(facts.service == "catalogue" && facts.version == ServiceMetrics.version)
    #expect((before...Instant.realNow.unixMilliseconds).contains(facts.realNow))
    #expect(facts.store?.synchronous == 2 && facts.store?.faults == [])
    #expect(facts.paths.map(\.kind) == [.dataFolder, .ownOnly, .secret, .secret])
    #expect(facts.paths.allSatisfy { $0.mode != nil })
    #expect(Doctor.store(facts).map(\.level) == [.ok, .ok, .ok, .ok])
    #expect(!facts.hasDemoClock && !facts.followsCalendar && facts.years == nil)
    let clock = try await post("/admin/clock", to: service)
    let now = try JSONDecoder().decode(Int64.self, from: Data(clock.body))
    #expect((before...Instant.realNow.unixMilliseconds).contains(now))
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a sound store has no fault, and the last line says what was looked at`() async throws {
    let service = try await RunningService.start(Self.upstream(), in: folder)
    try await service.publish(1...3)
    let lines = try lines(try await post("/admin/verify", to: service))
    #expect(lines.allSatisfy { $0.fault == nil })
    let end = try #require(lines.last?.end)
    #expect(end.checked == ["integrity": 1, "chain": 3, "answers": 0, "probes": 3])
    #expect(end.head.position == 3 && end.head.hash.count == 64 && end.head.feed == "catalogue")
    #expect(lines.contains { $0.progress == VerifyLine.Count(part: "probes", count: 2) })
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `faults are named up to a number, and the rest is counted`() async throws {
    let fault = StoredFault(.dueDay, of: "x", stored: "a", expected: "b")
    let many = Array(repeating: fault, count: 103)
    let service = try await RunningService.start(Self.upstream(many), in: folder)
    let lines = try lines(try await post("/admin/verify", to: service))
    #expect(lines.compactMap(\.fault) == Array(repeating: fault, count: 100))
    #expect(lines.compactMap(\.more) == [VerifyLine.Count(part: "probes", count: 3)])
    #expect(lines.last?.end != nil)
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a feed knows its places, and that what is cut off is not there`() async throws {
    let service = try await RunningService.start(Self.upstream(), in: folder)
    try await service.publish(1...2)
    let lines = try lines(try await post("/admin/verify", to: service))
    let head = try #require(lines.last?.end?.head)
    var (cut, other, none) = (head, head, head)
    cut.position = 3
    other.hash = String(repeating: "0", count: 64)
    none.hash = "no hash"
    let body = try Array(JSONEncoder().encode([head, cut, other, none]))
    let answer = try await post("/admin/places", body, to: service)
    let answers = try JSONDecoder().decode([PlaceAnswer].self, from: Data(answer.body))
    #expect(answers.map(\.holds) == [true, false, false, false])
    #expect(answers.map(\.hash) == [head.hash, nil, head.hash, head.hash])
    #expect(answers.allSatisfy { $0.head == head })
    #expect(answers[0].fault(of: "intake") == nil)
    let fault = try #require(answers[1].fault(of: "intake"))
    #expect(fault.what == .cursor && fault.position == 3)
    #expect(fault.expected == "the feed of catalogue ends at 2")
    none.position = .min
    let wrong = try [Array("no".utf8), Array(JSONEncoder().encode([none]))]
    for body in wrong {
      #expect(try await post("/admin/places", body, to: service).status == 400)
    }
    try await service.stop()
  }
}
