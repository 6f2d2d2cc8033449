internal import ArgumentParser
internal import Foundation
internal import Host
internal import Storage
internal import Synchronization

/// Lets each running service verify its store, and compares the feeds with their followers.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let each running service check its whole store, and compare the stores.",
    discussion: """
      Checked are file and foreign keys, the feed's chain of hashes, due days and next levels
      against the law, files against their hashes, sealed columns against the seal, and each
      follower's place against the feed that it follows. Calls are served meanwhile and nothing is
      written. Whoever runs this must be able to read the services' private keys, or by TLS the
      operator's certificate.

      Exits with 0 if all is sound, with 4 if faults were found, each of which is a line, and with
      69 or another status if a store could not be checked.

      EXAMPLES
        onedoor verify --data /var/lib/onedoor
        onedoor verify --service intake --json
        onedoor verify --backup /var/backups/onedoor/2026-09-14
      """
  )

  @OptionGroup var source: ConfigurationOptions

  @Option(help: "Only this service. May be repeated.")
  var service: [String] = []

  @Flag(help: "Print one JSON object for each fault and for each service.")
  var json = false

  @Option(help: "Check the copies in this folder against their manifests; no service is asked.")
  var backup: String?

  func validate() throws {
    for name in service where !ConfigurationKey.services.contains(name) {
      throw ValidationError("there is no service \(name)")
    }
  }

  func run() async throws {
    try await Failure.exiting {
      let services = service.isEmpty ? Services.names : service
      if let backup { return try check(backup, services) }
      let progress = Progress(isShown: !json && Output.isTerminal)
      let check = HouseCheck(services: services, configuration: try source.read()) {
        progress.show($0, $1, $2)
      }
      let result = await check.run()
      progress.end()
      try print(result, services)
      if !result.faults.isEmpty {
        throw Failure(.faults, "\(result.countOfFaults) faults found")
      }
      if let failure = result.firstFailure { throw failure }
    }
  }

  private func print(_ result: HouseCheck.Result, _ services: [String]) throws {
    for fault in result.faults {
      try Output.line(json ? Self.text(fault) : fault.description)
    }
    for (service, failure) in result.failures.sorted(by: { $0.key < $1.key }) {
      if json {
        try Output.line(Self.text(["service": service, "unchecked": failure.description]))
      } else {
        try Output.line("\(service) unchecked: \(failure.description)")
      }
    }
    for service in services {
      guard let end = result.ends[service] else { continue }
      if json {
        try Output.line(Self.text(Checked(service: service, checked: end.checked, head: end.head)))
      } else {
        let counts = end.checked.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        try Output.line("\(service): checked \(counts.joined(separator: ", "))")
      }
    }
  }

  /// What was looked at, as a line of JSON.
  private struct Checked: Encodable {
    var service: String
    var checked: [String: Int64]
    var head: VerifyLine.Place
  }

  private static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Checks copies at rest: bytes, hash, pages, foreign keys, head and schema.
  private func check(_ folder: String, _ services: [String]) throws {
    var faults = 0
    for name in services {
      let path = "\(folder)/\(name).sqlite"
      let line: String
      do {
        let manifest = try Store.checkBackup(path)
        let sound = ["service": name, "backup": path, "position": "\(manifest.feedPosition)"]
        line =
          json
          ? Self.text(sound) : "\(name): \(path) is sound, up to entry \(manifest.feedPosition)"
      } catch {
        faults += 1
        let detail = (error as? StoreError)?.detail ?? "\(error)"
        let fault = ["service": name, "backup": path, "fault": detail]
        line = json ? Self.text(fault) : "\(name) backup: \(detail)"
      }
      // Outside of what is caught: that a line cannot be written says nothing about a copy.
      try Output.line(line)
    }
    guard faults == 0 else { throw Failure(.faults, "\(faults) faults found") }
  }
}

/// Shows on a terminal how far a check has come, in one line that is written over.
private final class Progress: Sendable {
  private let isShown: Bool
  private let width = Mutex(0)

  init(isShown: Bool) {
    self.isShown = isShown
  }

  func show(_ service: String, _ part: String, _ done: Int64) {
    guard isShown else { return }
    let text = "\(service): \(part) \(done)"
    width.withLock { width in
      Output.over(text, width: width)
      width = text.count
    }
  }

  /// Takes the line away.
  func end() {
    guard isShown else { return }
    width.withLock { Output.over("", width: $0) }
  }
}
