internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Host
internal import Kernel

/// Runs all six on this machine.
struct Up: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the six services on this machine, on loopback, and watch over them.",
    discussion: """
      Stores, keys and logs lie in the data folder and are found again by the next `up`. A service
      that ends is started again. SIGTERM or Ctrl-C stops all in good order; SIGHUP goes to all,
      which read keys and certificates again. One `up` at a time has a data folder.

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
      // Passed on below; until then, and in children that do not wait for it yet, it ends nothing.
      signal(SIGHUP, SIG_IGN)
      let site = try Site(self)
      // Its lock is held until all have stopped.
      defer { withExtendedLifetime(site) {} }
      let log = Log(service: "up", level: .info, sink: .file("\(site.logs)/up.log"))
      let supervisor = Supervisor(
        program: try Site.program(),
        environment: site.environment,
        logs: site.logs,
        log: log
      )
      for place in site.takenPlaces {
        Output.error("\(place) is taken: another process listens there (--port, --inner-port)")
      }
      try await withThrowingDiscardingTaskGroup { group in
        for service in Services.names { group.addTask { await supervisor.keep(service) } }
        group.addTask { await Signals.atHangup { supervisor.send(SIGHUP) } }
        group.addTask { try await announce(site, supervisor) }
        let reason = await Signals.stop()
        log.info("stopping", [.signal: reason])
        await supervisor.stop()
        group.cancelAll()
      }
    }
  }

  /// Says where the gateway is, once all are ready.
  ///
  /// Another house may answer at the ports: only what a process of this one listens at counts.
  private func announce(_ site: Site, _ supervisor: Supervisor) async throws {
    let deadline = ContinuousClock.now + .seconds(patience)
    for service in Services.names {
      let client = try GatewayClient(inner: service, site.configuration)
      while !Task.isCancelled, !(await isReady(service, client, supervisor)) {
        guard ContinuousClock.now < deadline else {
          Output.error("\(service) is not ready; see \(site.logs)/\(service).log")
          return
        }
        // That the task is cancelled is seen above.
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    guard !Task.isCancelled else { return }
    // A house does not end because nobody reads what it says.
    try? Output.line("onedoor is ready: \(site.places.joined(separator: " "))")
  }

  private func isReady(
    _ service: String,
    _ client: GatewayClient,
    _ supervisor: Supervisor
  ) async -> Bool {
    guard let pid = supervisor.listening(service) else { return false }
    return (try? await client.get("/readyz").status) == 200 && supervisor.listening(service) == pid
  }
}

/// What `up` prepares in the data folder before it starts the services.
struct Site: Sendable {
  /// Where the logs go.
  let logs: String
  /// The environment of the services.
  let environment: [String: String]
  /// What the services read from it, and from the file that it names.
  let configuration: Configuration
  /// Held as long as this process lives.
  private let lock: HouseLock

  /// Makes folders, keys and the demo clock where they are missing.
  ///
  /// - Throws: ``Failure``; nothing but the data folder is made then if another `up` has it, if it
  ///   holds a house of another time, or if the configuration has faults.
  init(_ up: Up) throws {
    let data = URL(filePath: up.data).standardizedFileURL.path
    logs = "\(data)/logs"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    lock = try HouseLock(of: data)
    try Self.checkTime(up, data)
    environment = Self.environment(up, data)
    configuration = try Self.configuration(environment)
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
    if up.demo { try Self.drive(up, Self.clock(in: data)) }
    try write("\(data)/\(ConfigurationOptions.fileOfUp)")
  }

  private static func clock(in data: String) -> String { "\(data)/clock" }

  /// The record of a demonstration lies in another time than the real one.
  ///
  /// - Throws: ``Failure`` if the folder holds a house of the other time.
  private static func checkTime(_ up: Up, _ data: String) throws {
    let hasClock = FileManager.default.fileExists(atPath: clock(in: data))
    if !up.demo, hasClock {
      throw Failure(
        .configuration,
        "\(up.data) holds a demonstration: say --demo, or another --data"
      )
    }
    let hasStore = Services.names.contains { service in
      FileManager.default.fileExists(atPath: "\(data)/\(service).sqlite")
    }
    if up.demo, hasStore, !hasClock {
      throw Failure(
        .configuration,
        """
        \(up.data) holds a house of the real time, whose cases a demo clock would run past their \
        terms for good: leave --demo away, or say another --data
        """
      )
    }
  }

  private static func environment(_ up: Up, _ data: String) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["ONEDOOR_DATA"] = data
    environment["ONEDOOR_LISTEN_DOOR"] = "127.0.0.1:\(up.port)"
    if let port = up.tlsPort { environment["ONEDOOR_LISTEN_TLS"] = "127.0.0.1:\(port)" }
    for (index, service) in ConfigurationKey.services.enumerated() {
      environment["ONEDOOR_LISTEN_\(service.uppercased())"] =
        "127.0.0.1:\(up.innerPort + index)"
    }
    if up.demo {
      environment["ONEDOOR_CLOCK"] = clock(in: data)
      environment["ONEDOOR_DEMO"] = "true"
    }
    return environment
  }

  /// What the services will read: they would refuse faults one by one, and be started again and
  /// again.
  private static func configuration(_ environment: [String: String]) throws -> Configuration {
    let file = try environment[Configuration.fileVariable].map { path in
      (path: path, bytes: try Files.read(path, or: .configuration))
    }
    do {
      return try Configuration(file: file, environment: environment)
    } catch {
      throw Failure(.configuration, error.description)
    }
  }

  private static func drive(_ up: Up, _ file: String) throws {
    do {
      _ = try DemoClock.drive(path: file, start: up.clock.instant, speed: up.speed) { .realNow }
    } catch {
      throw Failure(.configuration, "the demo clock: \(error)")
    }
  }

  /// Keeps what the services are told, for commands that are told only the data folder.
  private func write(_ file: String) throws {
    var keys: [String: Any] = [:]
    for key in ConfigurationKey.all {
      guard let text = configuration.setting(of: key) else { continue }
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

  /// Where the services cannot listen now, since others do.
  var takenPlaces: [String] {
    let inner = Services.names.map { ($0, configuration.listening($0)) }
    let doors = [configuration.door, configuration.tlsDoor].compactMap { $0 }.map { ("door", $0) }
    return (inner + doors).filter(\.1.isTaken).map { "\($0.1) (\($0.0))" }
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
