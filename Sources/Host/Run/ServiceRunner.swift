internal import Foundation
internal import HTTP2
internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// Runs one service: store, engine, sockets, pumps and followers, until it is told to stop.
package struct ServiceRunner: Sendable {
  /// How often the writer looks for due timers when nobody wakes it and none is due earlier.
  ///
  /// - Unit: milliseconds.
  private static let writerInterval = 50

  /// How often streams are looked at when nothing was committed, for heartbeats and deadlines.
  ///
  /// - Unit: milliseconds.
  private static let streamInterval = 250

  /// How often health is looked at.
  ///
  /// - Unit: milliseconds.
  private static let healthInterval = 1_000

  private let plan: ServicePlan
  private let parts: RunningParts
  private let writer: Pump
  private let streams: Pump
  private let watch: Pump
  private let security: HouseSecurity

  /// Opens the store and puts the parts together; nothing listens yet.
  ///
  /// - Throws: ``KeyFolder/Fault``, ``SecurityFault``, ``HouseSecurity/Fault``,
  ///   ``DemoClock/Fault`` or `StoreError`.
  package init(
    _ plan: ServicePlan,
    configuration: Configuration,
    log: Log
  ) throws {
    let name = plan.definition.name
    let keys = KeyFolder(path: configuration.keysFolder)
    let clock = try configuration.clockFile.map { file throws(DemoClock.Fault) in
      try DemoClock.open(path: file) { .realNow }
    }
    try FileManager.default.createDirectory(
      atPath: configuration.dataFolder,
      withIntermediateDirectories: true
    )
    security = try HouseSecurity(of: name, hasDoor: plan.door != nil, configuration)
    let engine = try Engine(
      plan.definition,
      store: Store.open(
        path: configuration.storeFile(name),
        migrations: plan.definition.migrations,
        service: name
      ),
      keyring: keys.keyring(of: name),
      seal: keys.seal(of: name),
      surroundings: .system(clock: clock),
      defaultHall: configuration.hall,
      settings: configuration.engineSettings,
      report: { report in log.write(report) }
    )
    if let clock { try Self.raise(clock, to: engine.store) }
    let parts = RunningParts(engine: engine, configuration: configuration, log: log)
    self.plan = plan
    self.parts = parts
    writer = Pump(interval: engine.pause(atMost: Self.writerInterval)) {
      engine.step() >= engine.settings.timers || engine.hasWork
    }
    streams = Pump(interval: Self.streamInterval) {
      guard parts.health.isEnding else { return engine.streams.step(engine) }
      engine.streams.endAll(engine)
      return false
    }
    watch = Pump(interval: Self.healthInterval) {
      parts.health.look(at: engine)
      return false
    }
  }

  /// A demonstration's present is never before what was recorded in it.
  private static func raise(_ clock: DemoClock, to store: Store) throws {
    let last = try store.read { snapshot in
      try snapshot.feedEntries(after: snapshot.feedHead().position - 1, limit: 1).last
    }
    if let last { clock.raise(to: last.content.recordedAt) }
  }

  /// Serves until `stop` returns, then ends in good order.
  ///
  /// - Parameters:
  ///   - stop: Waits for the reason to stop and returns it.
  ///   - ready: Told where the service listens, once it does: the inner port and that of the door.
  /// - Throws: What the system says if an address cannot be bound.
  package func run(
    until stop: @Sendable () async -> String,
    ready: @Sendable (_ inner: Int, _ door: Int?) -> Void = { _, _ in }
  ) async throws {
    let name = plan.definition.name
    let configuration = parts.configuration
    let loops = Loops(
      count: configuration.loops == 0
        ? ProcessInfo.processInfo.activeProcessorCount : configuration.loops
    )
    startPumps()
    let front = try await plan.front(parts)
    let outside = try await plan.door?(parts)
    let inner = try await Server.start(
      OperatorEndpoint(before: front.endpoint, parts, files: front.files) { metrics in
        front.metrics?(&metrics)
        outside?.metrics?(&metrics)
      },
      at: configuration.listening(name),
      limits: limits(.inner),
      security: security.inner,
      on: loops
    )
    let doors = try await startDoors(outside?.endpoint, on: loops)
    warnOfPlaintext()
    parts.health.look(at: parts.engine)
    parts.log.info(
      "ready",
      [
        .address: Address(host: configuration.listening(name).host, port: inner.port).description,
        .version: ServiceMetrics.version,
      ]
    )
    ready(inner.port, doors.first?.port)
    await serve(until: stop, beside: [front, outside].compactMap { $0 }, on: loops) { reason in
      await wind(reason, doors + [inner])
    }
    await end(loops)
  }

  private func limits(_ limits: ServerLimits) -> ServerLimits {
    var limits = limits
    limits.age = parts.configuration.connectionAge
    limits.connections = min(limits.connections, FileLimit.raise())
    return limits
  }

  /// Opens the door in plaintext, by TLS, or both.
  private func startDoors(_ door: (any Endpoint)?, on loops: Loops) async throws -> [Server] {
    guard let door else { return [] }
    let configuration = parts.configuration
    var upstreams = Upstreams()
    for service in ConfigurationKey.services {
      upstreams.addresses[service] = configuration.address(service)
      upstreams.secured[service] = security.secured(service)
    }
    var servers: [Server] = []
    var limits = limits(.edge)
    limits.body = configuration.bodyBytes
    let plain = configuration.door.map { ($0, nil as Security?) }
    let secured = configuration.tlsDoor.map { ($0, security.door) }
    for (address, security) in [plain, secured].compactMap({ $0 }) {
      servers.append(
        try await Server.start(
          door,
          at: address,
          limits: limits,
          upstreams: upstreams,
          security: security,
          isDated: true,
          on: loops
        )
      )
    }
    return servers
  }

  /// Says where strangers could read along, because an operator wanted it so.
  private func warnOfPlaintext() {
    let configuration = parts.configuration
    let listening = configuration.listening(parts.engine.definition.name)
    if security.inner == nil, !listening.isLoopback {
      parts.log.warning("the inner port is in plaintext", [.address: listening.description])
    }
    if plan.door != nil, let door = configuration.door, !door.isLoopback {
      parts.log.warning("the door is in plaintext", [.address: door.description])
    }
  }

  private func startPumps() {
    let engine = parts.engine
    // Until each upstream was heard, timers do not overtake what may have happened meanwhile.
    for follower in engine.followers { follower.lostSight() }
    engine.wakeWriter { [writer] in writer.wake() }
    engine.streams.wake { [streams] in streams.wake() }
    _ = engine.store.changes.register { [streams] _ in streams.wake() }
    writer.start(name: "writer")
    streams.start(name: "streams")
    watch.start(name: "watch")
  }

  /// Follows the others, and does what goes on beside, until it is time to stop and the calls that
  /// were accepted are answered.
  private func serve(
    until stop: @Sendable () async -> String,
    beside fronts: [ServicePlan.Front],
    on loops: Loops,
    wind: @Sendable (_ reason: String) async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      for front in fronts {
        if let companion = front.companion { group.addTask { await companion() } }
      }
      let exchanges = security.exchanges(parts.engine.keyring) + fronts.flatMap(\.exchanges)
      let keys = KeyWatch(exchanges, ends: parts.certificates, log: parts.log)
      group.addTask { await keys.run() }
      for follower in parts.engine.followers {
        let pump = FollowerPump(
          follower: follower,
          line: line(to: follower.upstream, on: loops),
          log: parts.log,
          wake: { [writer] in writer.wake() }
        )
        group.addTask { await pump.run() }
      }
      for watch in fronts.flatMap(\.watches) {
        let line = line(to: watch.upstream, on: loops)
        let pump = HeadPump(watch: watch, line: line, log: parts.log)
        group.addTask { await pump.run() }
      }
      await wind(await stop())
      group.cancelAll()
    }
  }

  private func line(to upstream: String, on loops: Loops) -> FeedLine {
    FeedLine(
      engine: parts.engine,
      upstream: upstream,
      address: parts.configuration.address(upstream),
      secured: security.secured(upstream),
      loops: loops
    )
  }

  /// Not ready; then streams end, GOAWAY goes out on all ports at once, what was accepted is done.
  private func wind(_ reason: String, _ servers: [Server]) async {
    let configuration = parts.configuration
    parts.log.info("stopping", [.signal: reason])
    parts.health.drain()
    try? await Task.sleep(for: .milliseconds(configuration.stopNotice))
    parts.health.end()
    streams.wake()
    await withDiscardingTaskGroup { group in
      for server in servers {
        group.addTask { await server.stop(grace: .milliseconds(configuration.stopGrace)) }
      }
    }
  }

  /// The log goes into the file, all is closed.
  private func end(_ loops: Loops) async {
    parts.engine.stopTakingCalls()
    await writer.stop()
    // The last counts of refused calls.
    parts.engine.step()
    await streams.stop()
    await watch.stop()
    do {
      try parts.engine.store.checkpoint()
    } catch {
      parts.log.warning("checkpoint failed", [.detail: String(describing: error)])
    }
    parts.engine.store.close()
    await loops.stop()
    parts.log.info("stopped")
  }
}
