internal import Foundation
internal import Host
internal import Kernel
internal import Storage

/// Makes a backup of the house: holds all followers, lets each service take its instant and copy
/// it, and looks whether the copies fit one another.
struct BackupRun: Sendable {
  /// What a service said of its copy.
  private struct Copied: Sendable {
    var heldMs: Int64 = 0
    /// From the first hold until the instant was taken.
    var instantMs: Int64 = 0
    var files: BackupRecord.Files?
  }

  private let configuration: Configuration
  private let folder: String
  /// The name under which the followers are held.
  private let id: String
  private let begin = ContinuousClock.now
  private let madeAt = Instant.realNow

  init(_ configuration: Configuration, folder: String) {
    self.configuration = configuration
    self.folder = folder
    id = "backup-\(UInt64.random(in: 0...(.max)))"
  }

  /// Makes the backup of all six.
  ///
  /// - Returns: What `backup.json` says.
  /// - Throws: ``Failure``; then the copies that were made are gone again.
  func whole() async throws -> BackupRecord {
    let services = Services.names
    let lock = try FolderLock(making: folder)
    defer { withExtendedLifetime(lock) {} }
    try demandRoom(for: services)
    do {
      let clients = try clients(of: services)
      _ = try await Self.each(services) { try await clients[$0]?.post("/admin/hold", id) }
      let held = ContinuousClock.now
      let copied = try await Self.each(services) { service in
        try await copy(service, clients[service], holder: id, since: held)
      }
      let record = try check(services, copied)
      try DurableFile.write(try record.encoded(), to: "\(folder)/\(BackupRecord.file)")
      return record
    } catch {
      await release(services)
      throw cleaned(error, services)
    }
  }

  /// Lets single services copy their stores, each at an instant of its own.
  ///
  /// - Returns: The manifests.
  /// - Throws: ``Failure``.
  func single(_ services: [String]) async throws -> [BackupManifest] {
    let lock = try FolderLock(making: folder)
    defer { withExtendedLifetime(lock) {} }
    try demandRoom(for: services)
    let clients = try clients(of: services)
    for service in services {
      _ = try await copy(service, clients[service], holder: nil, since: begin)
    }
    let check = BackupCheck(folder, of: services, isThorough: false)
    // They are not of one instant, so only each by itself can be wrong.
    let faults = check.faults.filter { $0.kind != .ahead && $0.kind != .otherRecord }
    if !faults.isEmpty { throw Failure(faults) }
    return services.compactMap { check.manifests[$0] }
  }

  // MARK: - Steps

  private func clients(of services: [String]) throws -> [String: InnerClient] {
    var clients: [String: InnerClient] = [:]
    for service in services { clients[service] = try InnerClient(service, configuration) }
    return clients
  }

  /// A file that is there is never written over.
  private func demandRoom(for services: [String]) throws {
    let names = services.flatMap { service in
      let name = BackupCheck.file(of: service)
      return [name, "\(name).manifest"]
    }
    let taken = (names + [BackupRecord.file, Self.clockFile]).filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }
    guard taken.isEmpty else {
      throw Failure(.invalid, "\(folder) has \(taken.joined(separator: ", ")) already")
    }
  }

  private func copy(
    _ service: String,
    _ client: InnerClient?,
    holder: String?,
    since start: ContinuousClock.Instant
  ) async throws -> Copied {
    guard let client else { return Copied() }
    let heard = Heard()
    let path = "\(folder)/\(BackupCheck.file(of: service))"
    let body = ([path] + [holder].compactMap { $0 }).joined(separator: "\n")
    try await client.post("/admin/backup", body) { line in
      await heard.take(line, after: ContinuousClock.now - start)
    }
    guard let copied = await heard.copied else {
      let detail = await heard.failure ?? "the answer broke off"
      throw Failure(.fault, "\(service): \(detail)")
    }
    return copied
  }

  /// What a service says line by line.
  private actor Heard {
    private var partial = Copied()
    private(set) var copied: Copied?
    private(set) var failure: String?

    func take(_ line: String, after time: Duration) {
      let words = line.split(separator: " ").map(String.init)
      switch words.first {
      case "instant":
        partial.heldMs = words.last.flatMap { Int64($0) } ?? 0
        partial.instantMs = Int64(time.milliseconds)
      case "done":
        if words.count >= 7, let files = Int(words[5]), let bytes = Int64(words[6]) {
          partial.files = .init(folder: words[4], files: files, bytes: bytes)
        }
        copied = partial
      default: failure = line
      }
    }
  }

  private func check(_ services: [String], _ copied: [String: Copied]) throws -> BackupRecord {
    let check = BackupCheck(folder, of: services, isThorough: false)
    var faults = check.faults
    if check.manifests["intake"] != nil {
      let path = "\(folder)/\(BackupCheck.file(of: "intake"))"
      faults += MaterialsCheck(in: folder, of: path).faults
    }
    guard faults.isEmpty else { throw Failure(faults) }
    try copyClock()
    return BackupRecord(
      madeAt: madeAt,
      hall: configuration.hall,
      version: ServiceMetrics.version,
      demo: configuration.isDemo,
      holdMs: copied.values.map(\.heldMs).max() ?? 0,
      tookMs: Int64((ContinuousClock.now - begin).milliseconds),
      copies: services.compactMap { service in
        check.manifests[service].map {
          BackupRecord.Copy($0, heldMs: copied[service]?.heldMs ?? 0)
        }
      },
      files: services.compactMap { copied[$0]?.files }
    )
  }

  /// The name of a demonstration's clock in a backup.
  static let clockFile = "clock"

  /// A demonstration's present goes with it, taken after all that was recorded in it.
  private func copyClock() throws {
    guard let file = configuration.clockFile else { return }
    try DurableFile.write(
      try Files.read(file, or: .configuration),
      to: "\(folder)/\(Self.clockFile)"
    )
  }

  // MARK: - When it fails

  /// Lets followers go on that may still be held; the lease would do it later.
  private func release(_ services: [String]) async {
    guard let clients = try? clients(of: services) else { return }
    _ = try? await Self.each(services) { try await clients[$0]?.post("/admin/release", id) }
  }

  /// Removes what was copied, so that no bad backup is left behind.
  private func cleaned(_ error: any Error, _ services: [String]) -> any Error {
    var left: [String] = []
    for service in services {
      let name = BackupCheck.file(of: service)
      for file in [name, "\(name).manifest"] {
        let path = "\(folder)/\(file)"
        guard FileManager.default.fileExists(atPath: path) else { continue }
        do {
          try FileManager.default.removeItem(atPath: path)
        } catch {
          left.append(file)
        }
      }
    }
    guard !left.isEmpty, let failure = error as? Failure else { return error }
    let hint = "remove by hand from \(folder): \(left.joined(separator: ", "))"
    return Failure(failure.status, "\(failure.description)\n\(hint)")
  }

  /// Does something for all services at once, and tells all failures together.
  private static func each<Value: Sendable>(
    _ services: [String],
    _ body: @escaping @Sendable (String) async throws -> Value
  ) async throws -> [String: Value] {
    let results = await withTaskGroup(of: (String, Result<Value, Failure>).self) { group in
      for service in services {
        group.addTask {
          do {
            return (service, .success(try await body(service)))
          } catch {
            let failure = error as? Failure ?? Failure(.fault, "\(service): \(error)")
            return (service, .failure(failure))
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var values: [String: Value] = [:]
    var failures: [Failure] = []
    for service in services {
      switch results[service] {
      case .success(let value): values[service] = value
      case .failure(let failure): failures.append(failure)
      case nil: continue
      }
    }
    guard let first = failures.first else { return values }
    throw Failure(first.status, failures.map(\.description).joined(separator: "\n"))
  }
}

extension Failure {
  /// All that is wrong with a backup, one thing a line.
  init(_ faults: [BackupFault]) {
    let isPassing = faults.allSatisfy { $0.kind == .inUse }
    let lines = faults.map { "\($0.kind.rawValue) \($0.file): \($0.detail)" }
    self.init(isPassing ? .tryAgain : .invalid, lines.joined(separator: "\n"))
  }
}
