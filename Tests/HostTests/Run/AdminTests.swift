import Dispatch
import Foundation
import Host
import Kernel
import Messages
import NIOCore
import Service
import Simulation
import Testing

/// Who may ask what of an inner port, besides calls.
@Suite struct AdminTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private struct Head: HeaderFields {
    let pass: String?

    func value(of name: StaticString) -> String? {
      switch name.description {
      case "content-type": "application/json"
      case "onedoor-pass": pass
      default: nil
      }
    }
  }

  private func start() async throws -> RunningService {
    let service = try await RunningService.start(
      Definition(name: "catalogue", migrations: []),
      in: folder
    )
    try keys.makeMissing(for: ["gateway", "intake"]) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
    try service.parts.engine.keyring.replace(with: keys.keys(of: "catalogue"))
    return service
  }

  private var keys: KeyFolder { KeyFolder(path: "\(folder.path)/keys") }

  private func ask(
    _ service: RunningService,
    _ verb: String = "POST",
    _ path: String = "/admin/backup",
    body: String = "no path",
    certificate: String?,
    pass: String? = nil
  ) -> CollectedReply {
    let reply = CollectedReply()
    OperatorEndpoint(before: service.parts.engine, service.parts).dispatch(
      InboundRequest(
        verb: verb,
        path: path,
        fields: Head(pass: pass),
        body: Array(body.utf8),
        peer: "127.0.0.1",
        certified: certificate
      ),
      to: reply
    )
    return reply
  }

  /// A pass by a service's key; `operator` is the subject of an operator's.
  private func signed(
    _ issuer: String,
    _ subject: String,
    _ roles: Set<AccessV1.Role>
  ) throws -> String {
    try keys.keyring(of: issuer).seal(
      Pass(
        issuer: issuer,
        subject: subject,
        roles: roles,
        halls: ["370212"],
        expiresAt: Instant.realNow.advanced(byMilliseconds: 60_000)
      )
    )
  }

  // MARK: - Questions under /admin/

  /// What certificate a peer shows, whose pass for whom it sends, and whether it is let in.
  static let askers:
    [(
      certificate: String?, issuer: String?, subject: String, roles: Set<AccessV1.Role>,
      isAllowed: Bool
    )] = [
      ("operator", nil, "", [], true),
      ("operator", "intake", "intake", [.service], true),
      (nil, "catalogue", "operator", [.service], true),
      ("catalogue", "catalogue", "operator", [.service], true),
      // That by which the service follows its neighbours, who see it.
      (nil, "catalogue", "catalogue", [.service], false),
      ("catalogue", "catalogue", "catalogue", [.service], false),
      (nil, nil, "", [], false),
      (nil, "intake", "operator", [.service], false),
      ("intake", "catalogue", "operator", [.service], false),
      ("catalogue", nil, "", [], false),
      ("intake", "intake", "operator", [.service], false),
      ("watch", nil, "", [], false),
      ("watch", "catalogue", "operator", [.service], false),
      (nil, "gateway", "operator", [.operator], false),
    ]

  @Test(.timeLimit(.minutes(1)), arguments: askers)
  func `only an operator's certificate, or pass by the service's own key, is let in`(
    certificate: String?,
    issuer: String?,
    subject: String,
    roles: Set<AccessV1.Role>,
    isAllowed: Bool
  ) async throws {
    let service = try await start()
    let pass = try issuer.map { try signed($0, subject, roles) }
    let reply = ask(service, certificate: certificate, pass: pass)
    // Who is let in is told what is wrong with the body.
    #expect(reply.answer?.status == (isAllowed ? 400 : 403))
    try await service.stop()
  }

  // MARK: - The certificate for watching

  static let watched: [(verb: String, path: String, status: Int)] = [
    ("GET", "/livez", 200), ("GET", "/healthz", 200), ("GET", "/readyz", 200),
    ("GET", "/readyz?verbose", 200), ("GET", "/metrics", 200),
    ("POST", "/metrics", 403), ("GET", "/admin/backup", 403), ("GET", "/", 403),
    ("GET", "/materials/\(String(repeating: "0", count: 64))", 403),
  ]

  @Test(.timeLimit(.minutes(1)), arguments: watched)
  func `who shows the certificate for watching gets health and metrics`(
    verb: String,
    path: String,
    status: Int
  ) async throws {
    let service = try await start()
    #expect(ask(service, verb, path, certificate: "watch").answer?.status == status)
    try await service.stop()
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: ["backup", "hold", "release", "clock", "facts", "places", "verify"]
  )
  func `who shows the certificate for watching is refused every question`(
    name: String
  ) async throws {
    let service = try await start()
    let reply = ask(service, "POST", "/admin/\(name)", certificate: "watch")
    #expect(reply.answer?.status == 403)
    try await service.stop()
  }

  @Test(.timeLimit(.minutes(1)), arguments: [nil, "catalogue", "gateway"])
  func `a call with the certificate for watching is one past the door, whatever its pass`(
    issuer: String?
  ) async throws {
    let service = try await start()
    let pass = try issuer.map { try signed($0, $0, [.service]) }
    let path = FeedV1.FeedService.getHead.path
    let answer = ask(service, "POST", path, body: "{}", certificate: "watch", pass: pass).answer
    #expect(answer?.fields.first { $0.name == "onedoor-reason" }?.value == "BYPASS")
    try await service.stop()
  }

  // MARK: - Threads

  @Test(.timeLimit(.minutes(1)))
  func `a copy is made while all threads of callers' materials are busy`() async throws {
    let service = try await start()
    let gate = DispatchSemaphore(value: 0)
    let blocked = 2 * NIOSingletons.blockingPoolThreadCountSuggestion
    for _ in 0..<blocked { Offload.run { gate.wait() } }
    defer { for _ in 0..<blocked { gate.signal() } }
    let path = "\(folder.path)/copy.sqlite"
    let reply = ask(service, body: path, certificate: "operator")
    while !reply.isFinished { try await Task.sleep(for: .milliseconds(2)) }
    #expect(FileManager.default.fileExists(atPath: path))
    try await service.stop()
  }
}
