internal import Foundation
internal import Host
internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// ProbeService.EchoRead behind the real engine, with pass and role table, on one event loop.
enum EchoHost {
  private static let service = "probe"
  private static let hall = "370212"

  /// Serves on a free port until the standard input ends; prints where, and a pass that holds.
  static func serve(in folder: String) async throws {
    let surroundings = Surroundings.system()
    let gatewayKey = surroundings.randomBytes(32)
    let signing = try Keyring(service: Keyring.gateway, privateKey: gatewayKey, publicKeys: [:])
    let store = try Store.open(path: "\(folder)/probe.sqlite", migrations: [], service: service)
    let engine = try Engine(
      definition,
      store: store,
      keyring: Keyring(
        service: service,
        privateKey: surroundings.randomBytes(32),
        publicKeys: [Keyring.gateway: Keyring.publicKey(of: gatewayKey)]
      ),
      seal: Seal(key: surroundings.randomBytes(32)),
      surroundings: surroundings,
      defaultHall: hall,
      report: { _ in }
    )
    let loops = Loops(count: 1)
    let server = try await Server.start(engine, at: .loopback(), limits: .inner, on: loops)
    let pass = Pass(
      issuer: Keyring.gateway,
      subject: "bench",
      roles: [.applicant],
      halls: [hall],
      expiresAt: surroundings.realNow().advanced(byMilliseconds: 3_600_000)
    )
    let path = ProbeV1.ProbeService.echoRead.path
    announce(#"{"port":\#(server.port),"path":"\#(path)","pass":"\#(try signing.seal(pass))"}"#)
    while try FileHandle.standardInput.read(upToCount: 1)?.isEmpty == false {}
    await server.stop(grace: .milliseconds(200))
    store.close()
    await loops.stop()
  }

  private static var definition: Definition {
    var definition = Definition(name: service, migrations: [])
    definition.registry.read(ProbeV1.ProbeService.echoRead) { request, _ in
      ProbeV1.EchoReadResponse(text: request.text)
    }
    return definition
  }

  /// Writes a line at once, also into a pipe.
  private static func announce(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}
