internal import Crypto
internal import Foundation
internal import Gateway
internal import Host
internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// The real gateway before a service that answers what it is told, so that outside clients can look
/// at everything the wire carries.
///
/// `ConformanceProbe FOLDER [CERTIFICATE KEY]` prints one line of JSON: the port, that of TLS,
/// and a token of a consumer. It stops when its standard input ends.
@main
enum ConformanceProbe {
  private static let hall = "370212"
  private static let issuer = "https://probe.example"
  /// The longest message that the gateway takes, in bytes.
  private static let limit = 200 << 10

  static func main() async throws {
    let arguments = CommandLine.arguments
    let loops = Loops(count: 2)
    let upstream = try await Server.start(
      ScriptedService(),
      at: .loopback(),
      limits: .inner,
      on: loops
    )
    let signing = Curve25519.Signing.PrivateKey()
    let gateway = try await gateway(in: arguments[1], signing)
    let upstreams = Upstreams(["probe": .loopback(upstream.port)])
    func door(_ security: Security?) async throws -> Server {
      try await Server.start(
        gateway,
        at: .loopback(),
        limits: .edge,
        upstreams: upstreams,
        security: security,
        isDated: true,
        on: loops
      )
    }
    let plain = try await door(nil)
    var secured: Server?
    if arguments.count > 3 {
      let identity = Identity(
        certificates: try bytes(arguments[2]),
        key: try bytes(arguments[3])
      )
      secured = try await door(try Security(.door(.tls12), identity))
    }
    let line = """
      {"port":\(plain.port),"tlsPort":\(secured?.port ?? 0),"limit":\(limit),\
      "token":"\(try token(signing))"}

      """
    FileHandle.standardOutput.write(Data(line.utf8))
    await withTaskGroup { group in
      group.addTask { await gateway.run() }
      while (try? FileHandle.standardInput.read(upToCount: 1)?.isEmpty) == false {}
      group.cancelAll()
    }
    for server in [plain, upstream] + [secured].compactMap(\.self) {
      await server.stop(grace: .milliseconds(200))
    }
    gateway.engine.store.close()
    await loops.stop()
  }

  private static func gateway(
    in folder: String,
    _ signing: Curve25519.Signing.PrivateKey
  ) async throws -> Gateway {
    let surroundings = Surroundings.system()
    let definition = Definition.gateway(demoClock: false)
    let engine = try Engine(
      definition,
      store: Store.open(
        path: "\(folder)/gateway.sqlite",
        migrations: definition.migrations,
        service: definition.name
      ),
      keyring: Keyring(
        service: definition.name,
        privateKey: surroundings.randomBytes(32),
        publicKeys: [:]
      ),
      seal: Seal(key: surroundings.randomBytes(32)),
      surroundings: surroundings,
      defaultHall: hall,
      report: { _ in }
    )
    let key = text(Array(signing.publicKey.rawRepresentation))
    let jwks = #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"\#(key)"}]}"#
    var settings = GatewaySettings(
      defaultHall: hall,
      issuers: [GatewaySettings.Issuer(name: issuer, jwks: jwks)]
    )
    let rate = CallRate(perSecond: 100_000, burst: 100_000)
    settings.limits.perSource = rate
    settings.limits.perSubject = rate
    settings.limits.checksPerSource = rate
    settings.limits.body = limit
    return try await Gateway(engine: engine, settings: settings, services: ["probe"])
  }

  /// A token of somebody who may follow streams.
  private static func token(_ key: Curve25519.Signing.PrivateKey) throws -> String {
    let header = text(Array(#"{"alg":"EdDSA","kid":"k"}"#.utf8))
    let claims = #"{"iss":"\#(issuer)","sub":"probe","roles":["consumer"],"exp":4102444800}"#
    let signed = "\(header).\(text(Array(claims.utf8)))"
    return "\(signed).\(text(Array(try key.signature(for: Data(signed.utf8)))))"
  }

  private static func text(_ bytes: [UInt8]) -> String {
    Base64.encode(bytes, urlSafe: true, padded: false)
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }
}
