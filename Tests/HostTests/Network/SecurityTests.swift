import Foundation
import HTTP2
import Host
import Kernel
import Service
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecurityTests {
  private let folder: TemporaryFolder
  private let keys: KeyFolder
  private let services = ["approval", "echo", "gateway"]

  init() throws {
    folder = try TemporaryFolder()
    keys = KeyFolder(path: "\(folder.path)/keys")
    try Self.make(keys, services)
  }

  private static func make(_ keys: KeyFolder, _ services: [String]) throws {
    try keys.makeMissing(for: services) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
  }

  /// An identity of another house, or one without a certificate, over this house's roots.
  private func stranger(hasCertificate: Bool) throws -> Identity {
    let others = KeyFolder(path: "\(folder.path)/others")
    try Self.make(others, services)
    var identity = hasCertificate ? try others.identity(of: "gateway") : Identity()
    identity.roots = try keys.identity(of: "gateway").roots
    return identity
  }

  private func caller(_ identity: Identity, to name: String = "echo") throws -> Secured {
    Secured(try Security(.caller, identity), name: ServiceName(name).certified)
  }

  private func serve(_ scene: Scene, as name: String = "echo") async throws -> Server {
    let security = try Security(.inner(peers: Set(services)), keys.identity(of: name))
    return try await scene.serve(Served.echo, security: security)
  }

  @Test func `services call each other by mutual TLS`() async throws {
    try await Scene.play { scene in
      let server = try await serve(scene)
      let secured = try caller(keys.identity(of: "gateway"))
      let client = try await scene.connect(server, secured: secured)
      let answer = try await client.send(post("/a"), body: bytes(300_000))
      #expect(answer.body == bytes(300_000))
      await client.close()
    }
  }

  @Test func `what is served hears whose certificate it was`() async throws {
    try await Scene.play { scene in
      let security = try Security(.inner(peers: Set(services)), keys.identity(of: "echo"))
      let served = Served { request, reply in
        reply.send(Answer(status: 200, body: Array((request.certified ?? "nobody").utf8)))
      }
      let server = try await scene.serve(served, security: security)
      for name in ["gateway", "approval"] {
        let secured = try caller(keys.identity(of: name))
        let client = try await scene.connect(server, secured: secured)
        #expect(try await client.send(post("/")).body == Array(name.utf8))
      }
    }
  }

  @Test(arguments: [true, false])
  func `a stranger's certificate or none is refused`(hasCertificate: Bool) async throws {
    try await Scene.play { scene in
      let server = try await serve(scene)
      let secured = try caller(stranger(hasCertificate: hasCertificate))
      // A client of TLS 1.3 hears of the refusal after its own part of the handshake.
      await #expect(throws: ClientError.self) {
        try await scene.connect(server, secured: secured).send(post("/a"))
      }
    }
  }

  @Test func `the certificate of one service is not taken for another's`() async throws {
    try await Scene.play { scene in
      let server = try await serve(scene, as: "approval")
      let secured = try caller(keys.identity(of: "gateway"), to: "echo")
      await #expect(throws: ClientError.notReachable) {
        try await scene.connect(server, secured: secured)
      }
    }
  }

  @Test func `a name that is not among the peers is refused`() async throws {
    try await Scene.play { scene in
      let security = try Security(.inner(peers: ["approval"]), keys.identity(of: "echo"))
      let server = try await scene.serve(Served.echo, security: security)
      let secured = try caller(keys.identity(of: "gateway"))
      await #expect(throws: ClientError.self) {
        try await scene.connect(server, secured: secured).send(post("/a"))
      }
      let approval = try caller(keys.identity(of: "approval"))
      let client = try await scene.connect(server, secured: approval)
      #expect(try await client.send(post("/a")).status == 200)
    }
  }

  @Test func `a handshake that does not come to its end is given up`() async throws {
    try await Scene.play { scene in
      let security = try Security(.door(.tls12), keys.identity(of: "echo"))
      var limits = ServerLimits.edge
      limits.headerTimeout = .milliseconds(100)
      let server = try await scene.serve(Served.echo, limits: limits, security: security)
      let script = """
        exec 3<>/dev/tcp/127.0.0.1/\(server.port); printf '\\x16\\x03\\x01' >&3
        timeout 10 cat <&3 > /dev/null; test $? = 124 && echo still open
        """
      #expect(try await !run("bash", ["-c", script]).contains("still open"))
    }
  }

  @Test func `plaintext is refused where TLS is spoken`() async throws {
    try await Scene.play { scene in
      let server = try await serve(scene)
      let client = try await scene.connect(server)
      await #expect(throws: ClientError.self) { try await client.send(post("/a")) }
    }
  }

  @Test func `a door forwards by mutual TLS`() async throws {
    try await Scene.play { scene in
      let upstream = try await serve(scene)
      let secured = try caller(keys.identity(of: "gateway"))
      let door = try await scene.serve(
        Decided.open,
        limits: .edge,
        upstreams: ["echo": upstream.port],
        secured: ["echo": secured]
      )
      let client = try await scene.connect(door)
      let answer = try await client.send(post("/a"), body: bytes(300_000))
      #expect(answer.fields.string(of: "onedoor-pass") == "stamped")
      #expect(answer.body == bytes(300_000))
    }
  }

  @Test func `a new identity counts for new connections and old ones live on`() async throws {
    try await Scene.play { scene in
      let security = try Security(.inner(peers: Set(services)), keys.identity(of: "echo"))
      let server = try await scene.serve(Served.echo, security: security)
      let old = try caller(keys.identity(of: "gateway"))
      let client = try await scene.connect(server, secured: old)
      #expect(try await client.send(post("/a")).status == 200)
      let now = Instant.realNow
      try keys.prepareAuthority(now: now)
      try keys.activateAuthority(for: services, now: now, isEarly: true)
      try keys.retireAuthority(now: now, isEarly: true)
      try security.replace(
        with: keys.identity(of: "echo"),
        now: now.unixMilliseconds / 1_000
      )
      #expect(try await client.send(post("/a")).status == 200)
      await #expect(throws: ClientError.self) {
        try await scene.connect(server, secured: old).send(post("/a"))
      }
      let new = try caller(keys.identity(of: "gateway"))
      let fresh = try await scene.connect(server, secured: new)
      #expect(try await fresh.send(post("/a")).status == 200)
    }
  }

  @Test func `a key that is not the certificate's is refused and the old one stays`() async throws {
    try await Scene.play { scene in
      let right = try keys.identity(of: "echo")
      let security = try Security(.inner(peers: Set(services)), right)
      var wrong = try keys.identity(of: "approval")
      wrong.key = right.key
      #expect(throws: SecurityFault.self) { try security.replace(with: wrong, now: 0) }
      var empty = right
      empty.certificates = Array("no certificate".utf8)
      #expect(throws: SecurityFault.self) { try security.replace(with: empty, now: 0) }
      #expect(throws: SecurityFault.expired) {
        try security.replace(with: right, now: Int64(Int32.max) * 4)
      }
      let server = try await scene.serve(Served.echo, security: security)
      let client = try await scene.connect(server, secured: caller(keys.identity(of: "gateway")))
      #expect(try await client.send(post("/a")).status == 200)
    }
  }

  @Test func `an answer in flight is whole when a server with TLS stops`() async throws {
    try await Scene.play { scene in
      let slot = Slot<any Reply>()
      let security = try Security(.inner(peers: Set(services)), keys.identity(of: "echo"))
      let server = try await scene.serve(Served { slot.put($1) }, security: security)
      let secured = try caller(keys.identity(of: "gateway"))
      let client = try await scene.connect(server, secured: secured)
      async let answer = client.send(post("/"))
      let reply = try await slot.take()
      async let stopped: Void = server.stop(grace: .seconds(10))
      while await client.isOpen { try await Task.sleep(for: .milliseconds(1)) }
      reply.send(Answer(status: 200, body: bytes(2_000_000)))
      let body = try await answer.body
      #expect(body == bytes(2_000_000))
      await stopped
    }
  }
}
