internal import Glibc
internal import Kernel
internal import Law
internal import Service
internal import Storage

extension ServiceFacts {
  /// Asks a running service; it looks through the store, so it does not run on an event loop.
  init(measuring parts: RunningParts) {
    let engine = parts.engine
    let configuration = parts.configuration
    let name = engine.definition.name
    self.init(
      service: name,
      version: ServiceMetrics.version,
      realNow: engine.surroundings.realNow().unixMilliseconds,
      hallNow: engine.surroundings.hallNow().unixMilliseconds,
      isDemo: configuration.isDemo,
      hasDemoClock: configuration.clockFile != nil,
      failing: Dictionary(
        parts.health.checks.compactMap { check in check.fault.map { (check.name, $0) } }
      ) { first, _ in first },
      followers: engine.followers.map(Follower.init),
      store: try? Store(measuring: engine.store),
      certificates: parts.certificates.all,
      followsCalendar: engine.followsCalendar,
      years: engine.years,
      user: getuid(),
      paths: Self.paths(of: name, configuration),
      maximumFiles: ProcessFacts.measure().maximumFiles
    )
  }

  private static func paths(of service: String, _ configuration: Configuration) -> [PathFacts] {
    let folder = configuration.dataFolder
    let isSecured =
      configuration.isListeningSecured(service)
      || ConfigurationKey.services.contains(where: configuration.isCallingSecured)
    let store = configuration.storeFile(service)
    let materials = PathFacts(asking: "\(folder)/materials", .ownOnly)
    return [PathFacts(asking: folder, .dataFolder), PathFacts(asking: store, .ownOnly)]
      + (materials.mode == nil ? [] : [materials])
      + KeyFolder(path: configuration.keysFolder).secrets(of: service, isSecured: isSecured)
  }
}

extension ServiceFacts.Follower {
  fileprivate init(_ follower: Service.Follower) {
    let fault = follower.fault
    self.init(
      upstream: follower.upstream,
      position: follower.applied,
      lag: follower.lag,
      isOutOfSight: follower.isOutOfSight,
      stoppedAt: fault?.position,
      reason: fault?.detail ?? ""
    )
  }
}

extension ServiceFacts.Store {
  fileprivate init(measuring store: Storage.Store) throws {
    let facts = try store.facts()
    self.init(
      sqliteVersion: facts.sqliteVersion,
      hasLogResetFault: facts.hasLogResetFault,
      synchronous: facts.synchronous,
      bytes: facts.pages * facts.pageBytes,
      logBytes: facts.logBytes,
      diskBytes: facts.space.totalBytes,
      freeBytes: facts.space.availableBytes,
      faults: try store.quickFaults()
    )
  }
}

extension Engine {
  /// What the calendar of the usual hall says of this year and the next; nil if there is none.
  fileprivate var years: ServiceFacts.Years? {
    let call = Call.ofTheSystem(
      "Doctor",
      service: definition.name,
      hall: defaultHall,
      now: surroundings.hallNow(),
      surroundings: surroundings
    )
    let calendar = try? store.read(isTakenAtOnce: true) { snapshot in
      try Reading(call: call, snapshot: snapshot, seal: seal).calendar()
    }
    guard let calendar else { return nil }
    func isDecreed(_ year: Int) -> Bool {
      guard let day = Day(iso: "\(year)-07-01") else { return false }
      return !calendar.isProvisional(day)
    }
    return ServiceFacts.Years(
      today: call.today.description,
      thisIsDecreed: isDecreed(call.today.year),
      nextIsDecreed: isDecreed(call.today.year + 1)
    )
  }
}
