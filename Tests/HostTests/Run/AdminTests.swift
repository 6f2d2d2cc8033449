import Foundation
import Host
import Kernel
import Messages
import Service
import Simulation
import Testing

/// Who may ask what stands under `/admin/`.
@Suite struct AdminTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private struct Head: HeaderFields {
    let pass: String?

    func value(of name: StaticString) -> String? { name.description == "onedoor-pass" ? pass : nil }
  }

  /// What certificate a peer shows, whose pass it sends, and whether it is let in.
  static let askers:
    [(certificate: String?, issuer: String?, roles: Set<AccessV1.Role>, isAllowed: Bool)] = [
      ("operator", nil, [], true),
      ("operator", "intake", [.service], true),
      (nil, "catalogue", [.service], true),
      ("catalogue", "catalogue", [.service], true),
      (nil, nil, [], false),
      (nil, "intake", [.service], false),
      ("intake", "catalogue", [.service], false),
      ("catalogue", nil, [], false),
      ("intake", "intake", [.service], false),
      (nil, "gateway", [.operator], false),
    ]

  @Test(.timeLimit(.minutes(1)), arguments: askers)
  func `only an operator's certificate or the service's own pass is let in`(
    certificate: String?,
    issuer: String?,
    roles: Set<AccessV1.Role>,
    isAllowed: Bool
  ) async throws {
    let service = try await RunningService.start(
      Definition(name: "catalogue", migrations: []),
      in: folder
    )
    let keys = KeyFolder(path: "\(folder.path)/keys")
    try keys.makeMissing(for: ["gateway", "intake"]) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
    try service.parts.engine.keyring.replace(with: keys.keys(of: "catalogue"))
    let pass = try issuer.map { issuer in
      try keys.keyring(of: issuer).seal(
        Pass(
          issuer: issuer,
          subject: issuer,
          roles: roles,
          halls: ["370212"],
          expiresAt: Instant.realNow.advanced(byMilliseconds: 60_000)
        )
      )
    }
    let reply = CollectedReply()
    OperatorEndpoint(before: service.parts.engine, service.parts).dispatch(
      InboundRequest(
        verb: "POST",
        path: "/admin/backup",
        fields: Head(pass: pass),
        body: Array("no path".utf8),
        peer: "127.0.0.1",
        certified: certificate
      ),
      to: reply
    )
    // Who is let in is told what is wrong with the body.
    #expect(reply.answer?.status == (isAllowed ? 400 : 403))
    try await service.stop()
  }
}
