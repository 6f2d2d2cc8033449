internal import ArgumentParser
internal import Foundation
internal import Host
internal import Kernel

/// Runs all six on this machine.
struct Up: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the six services on this machine, on loopback, and watch over them.",
    discussion: """
      Stores, keys and logs lie in the data folder and are found again by the next `up`. A service
      that ends is started again. SIGTERM or Ctrl-C stops all in good order.

      With --demo the hall goes by a clock of its own, which begins at 2026-09-14T09:00 Beijing
      time, runs --speed times as fast as the real one, stands still while nobody runs, and is
      stepped by `onedoor clock advance`.

      EXAMPLES
        onedoor up --demo
        onedoor up --data /var/lib/onedoor --port 8443
      """
  )

  @Option(help: "The data folder.")
  var data = "data"

  @Flag(help: "Let the hall go by the demo clock.")
  var demo = false

  @Option(help: "Where a new demo clock begins; Beijing time if no offset is said.")
  var clock = InstantArgument(DemoClock.beginning)

  @Option(help: "How many times as fast the demo clock runs; 0: only `clock advance` moves it.")
  var speed: Int64 = 1

  @Option(help: "The gateway's port.")
  var port = 8_080

  @Option(help: "The gateway's port for TLS; none if not said.")
  var tlsPort: Int?

  @Option(help: "The first of the six inner ports.")
  var innerPort = ConfigurationKey.firstPort

  @Option(help: "How long the services may take to be ready, in seconds.")
  var patience = 60

  func validate() throws {
    guard DemoClock.speeds.contains(speed) else {
      throw ValidationError("--speed must be 0 to \(DemoClock.speeds.upperBound)")
    }
    guard (1...65_535).contains(port), (1...65_535).contains(tlsPort ?? 1),
      (1...65_530).contains(innerPort)
    else {
      throw ValidationError("ports are 1 to 65535")
    }
  }

  func run() async throws {
    try await Failure.exiting {
      let site = try Site(self)
      let log = Log(service: "up", level: .info, sink: .file("\(site.logs)/up.log"))
      let supervisor = Supervisor(
        program: try Site.program(),
        environment: site.environment,
        logs: site.logs,
        log: log
      )
      try await withThrowingDiscardingTaskGroup { group in
        for service in Services.names { group.addTask { await supervisor.keep(service) } }
        group.addTask { try await announce(site) }
        let reason = await Signals.stop()
        log.info("stopping", [.signal: reason])
        await supervisor.stop()
        group.cancelAll()
      }
    }
  }

  /// Says where the gateway is, once all are ready.
  private func announce(_ site: Site) async throws {
    let deadline = ContinuousClock.now + .seconds(patience)
    for service in Services.names {
      let client = try GatewayClient(inner: service, site.configuration)
      while !Task.isCancelled, (try? await client.get("/readyz").status) != 200 {
        guard ContinuousClock.now < deadline else {
          Output.error("\(service) is not ready; see \(site.logs)/\(service).log")
          return
        }
        // That the task is cancelled is seen above.
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    guard !Task.isCancelled else { return }
    Output.line("onedoor is ready: \(site.places.joined(separator: " "))")
  }
}

/// What `up` prepares in the data folder before it starts the services.
struct Site: Sendable {
  /// Where the logs go.
  let logs: String
  /// The environment of the services.
  let environment: [String: String]
  /// What the services read from it.
  let configuration: Configuration

  /// Makes folders, keys and the demo clock where they are missing.
  ///
  /// - Throws: ``Failure``.
  init(_ up: Up) throws {
    let data = URL(filePath: up.data).standardizedFileURL.path
    logs = "\(data)/logs"
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    let randomBytes = Surroundings.system().randomBytes
    let keys = KeyFolder(path: "\(data)/keys")
    do {
      let services = ConfigurationKey.services
      try keys.makeMissing(for: services, randomBytes: randomBytes)
      try keys.renewCertificates(for: services, endingWithin: 60, now: .realNow)
      try DemoToken.makeKey(in: keys, file: "\(data)/keys/jwks.json", randomBytes: randomBytes)
    } catch let error as KeyFolder.Fault {
      throw Failure(.configuration, "keys: \(error)")
    }
    var environment = ProcessInfo.processInfo.environment
    environment["ONEDOOR_DATA"] = data
    environment["ONEDOOR_LISTEN_DOOR"] = "127.0.0.1:\(up.port)"
    if let port = up.tlsPort { environment["ONEDOOR_LISTEN_TLS"] = "127.0.0.1:\(port)" }
    for (index, service) in ConfigurationKey.services.enumerated() {
      environment["ONEDOOR_LISTEN_\(service.uppercased())"] =
        "127.0.0.1:\(up.innerPort + index)"
    }
    try Self.setClock(up, "\(data)/clock", &environment)
    self.environment = environment
    do {
      // The services would refuse it one by one, and be started again and again.
      configuration = try Configuration(file: nil, environment: environment)
    } catch {
      throw Failure(.configuration, error.description)
    }
    try write("\(data)/\(ConfigurationOptions.fileOfUp)")
  }

  private static func setClock(
    _ up: Up,
    _ file: String,
    _ environment: inout [String: String]
  ) throws {
    guard up.demo else {
      // The record of a demonstration lies in another time than the real one.
      guard !FileManager.default.fileExists(atPath: file) else {
        throw Failure(
          .configuration,
          "\(up.data) holds a demonstration: say --demo, or another --data"
        )
      }
      return
    }
    do {
      _ = try DemoClock.drive(path: file, start: up.clock.instant, speed: up.speed) { .realNow }
    } catch {
      throw Failure(.configuration, "the demo clock: \(error)")
    }
    environment["ONEDOOR_CLOCK"] = file
    environment["ONEDOOR_DEMO"] = "true"
  }

  /// Keeps what the services are told, for commands that are told only the data folder.
  private func write(_ file: String) throws {
    var keys: [String: Any] = [:]
    for key in ConfigurationKey.all {
      guard let text = environment[key.variable] else { continue }
      if case .number = key.kind { keys[key.name] = Int64(text) } else { keys[key.name] = text }
    }
    try JSONSerialization
      .data(withJSONObject: keys, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      .write(to: URL(filePath: file), options: .atomic)
  }

  /// Where the gateway is.
  var places: [String] {
    [configuration.door.map { "http://\($0)" }, configuration.tlsDoor.map { "https://\($0)" }]
      .compactMap { $0 }
  }

  /// The path of this program.
  ///
  /// - Throws: ``Failure`` if the system does not tell.
  static func program() throws -> String {
    do {
      return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
      throw Failure(.fault, "cannot find this program: \(error.localizedDescription)")
    }
  }
}
