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

  /// How much longer than the followers are held a service may take to answer.
  private static let margin = Duration.seconds(2)

  private let configuration: Configuration
  private let services: [String]
  private let folder: String
  private let made: BackupFolder
  /// The name under which the followers are held.
  private let id: String
  private let begin = ContinuousClock.now
  private let madeAt = Instant.realNow

  /// Takes the folder for a backup.
  ///
  /// - Parameters:
  ///   - configuration: The house's.
  ///   - services: Whose stores are copied.
  ///   - folder: The folder, which is made.
  /// - Throws: ``Failure`` if a file is in the way, or another command.
  init(_ configuration: Configuration, of services: [String], into folder: String) throws {
    self.configuration = configuration
    self.services = services
    self.folder = folder
    made = try BackupFolder(making: folder, for: services)
    id = "backup-\(UInt64.random(in: 0...(.max)))"
  }

  /// Makes the backup of all six.
  ///
  /// - Returns: What `backup.json` says.
  /// - Throws: ``Failure``; then nothing of what was made is left.
  func whole() async throws -> BackupRecord {
    do {
      let clients = try clients()
      let patience = .milliseconds(configuration.backupHold) + Self.margin
      _ = try await each {
        try await clients[$0]?.tell("/admin/hold", id, deadline: patience)
      }
      let held = ContinuousClock.now
      let copied = try await each { service in
        try await copy(service, clients[service], holder: id, since: held)
      }
      let record = try record(check(isOfOneInstant: true), copied)
      try copyClock()
      try DurableFile.write(try record.encoded(), to: "\(folder)/\(BackupRecord.file)")
      return record
    } catch {
      await release()
      throw cleaned(error)
    }
  }

  /// Lets single services copy their stores, each at an instant of its own.
  ///
  /// - Returns: The manifests.
  /// - Throws: ``Failure``; then nothing of what was made is left.
  func single() async throws -> [BackupManifest] {
    do {
      let clients = try clients()
      for service in services {
        _ = try await copy(service, clients[service], holder: nil, since: begin)
      }
      let manifests = try check(isOfOneInstant: false)
      return services.compactMap { manifests[$0] }
    } catch {
      throw cleaned(error)
    }
  }

  // MARK: - Steps

  private func clients() throws -> [String: OperatorClient] {
    var clients: [String: OperatorClient] = [:]
    for service in services { clients[service] = try OperatorClient(service, configuration) }
    return clients
  }

  private func copy(
    _ service: String,
    _ client: OperatorClient?,
    holder: String?,
    since start: ContinuousClock.Instant
  ) async throws -> Copied {
    guard let client else { return Copied() }
    let heard = Heard()
    let path = "\(folder)/\(BackupCheck.file(of: service))"
    let body = ([path] + [holder].compactMap { $0 }).joined(separator: "\n")
    try await client.tell("/admin/backup", body) { line in
      let text = String(decoding: line, as: UTF8.self)
      await heard.take(text, after: ContinuousClock.now - start)
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

  /// Looks through what was copied.
  ///
  /// - Parameter isOfOneInstant: Whether the copies must fit one another, not only each itself.
  /// - Returns: The manifests.
  /// - Throws: ``Failure`` with all that is wrong.
  private func check(isOfOneInstant: Bool) throws -> [String: BackupManifest] {
    let check = BackupCheck(folder, of: services, isThorough: false)
    var faults = check.faults
    if !isOfOneInstant { faults.removeAll { $0.kind == .ahead || $0.kind == .otherRecord } }
    if check.manifests["intake"] != nil {
      let path = "\(folder)/\(BackupCheck.file(of: "intake"))"
      faults += MaterialsCheck(in: folder, of: path).faults
    }
    guard faults.isEmpty else { throw Failure(faults) }
    return check.manifests
  }

  private func record(
    _ manifests: [String: BackupManifest],
    _ copied: [String: Copied]
  ) -> BackupRecord {
    BackupRecord(
      madeAt: madeAt,
      hall: configuration.hall,
      version: ServiceMetrics.version,
      demo: configuration.isDemo,
      holdMs: copied.values.map(\.heldMs).max() ?? 0,
      tookMs: Int64((ContinuousClock.now - begin).milliseconds),
      copies: services.compactMap { service in
        manifests[service].map { BackupRecord.Copy($0, heldMs: copied[service]?.heldMs ?? 0) }
      },
      files: services.compactMap { copied[$0]?.files }
    )
  }

  /// A demonstration's present goes with it, taken after all that was recorded in it.
  private func copyClock() throws {
    guard let file = configuration.clockFile else { return }
    try DurableFile.write(
      try Files.read(file, or: .configuration),
      to: "\(folder)/\(BackupFolder.clockFile)"
    )
  }

  // MARK: - When it fails

  /// Lets followers go on that may still be held; what does not answer does so by itself.
  private func release() async {
    guard let clients = try? clients() else { return }
    _ = try? await each {
      try await clients[$0]?.tell("/admin/release", id, deadline: Self.margin)
    }
  }

  /// Removes what was made, so that no bad backup is left behind.
  private func cleaned(_ error: any Error) -> any Error {
    let left = made.clean(services)
    guard !left.isEmpty, let failure = error as? Failure else { return error }
    let hint = "remove by hand from \(folder): \(left.joined(separator: ", "))"
    return Failure(failure.status, "\(failure.description)\n\(hint)")
  }

  /// Does something for all services at once, and tells all failures together.
  private func each<Value: Sendable>(
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
