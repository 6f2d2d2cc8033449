internal import ArgumentParser
internal import Foundation
internal import Host

/// Looks at everything of a house that can be reached and says what to do.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at everything that can be reached: what is wrong, how bad, and what to do.",
    discussion: """
      Files are looked at where this runs, everything else is asked of the running services. What
      cannot be looked at from here is said. docs/operations.md has every check with its limits.

      Exits with 0 if nothing is wrong, with 3 if there are warnings, with 4 if there are faults.

      EXAMPLES
        onedoor doctor --data /var/lib/onedoor
        onedoor doctor --config /etc/onedoor.json --json
        onedoor doctor --deep
      """
  )

  @OptionGroup var source: ConfigurationOptions

  @Flag(help: "Print each finding as a JSON object.")
  var json = false

  @Flag(help: "Also let each service verify its whole store, as `onedoor verify` does.")
  var deep = false

  @Flag(help: "Print what is as it should be too.")
  var verbose = false

  func run() async throws {
    try await Failure.exiting {
      var findings: [Finding] = []
      let configuration = try readable(&findings)
      findings += await HouseVisit(configuration: configuration).findings()
      if deep { findings += await verified(configuration) }
      try print(findings)
      switch findings.map(\.level).max() {
      case .fault: throw Failure(.faults, "there are faults")
      case .warning: throw Failure(.warnings, "there are warnings")
      default: return
      }
    }
  }

  /// What is set; where that is wrong, what holds of it by itself.
  private func readable(_ findings: inout [Finding]) throws -> Configuration {
    do {
      let configuration = try source.read()
      findings.append(Finding(.configuration, "house", .ok, "can be read"))
      return configuration
    } catch let failure as Failure {
      findings.append(
        Finding(
          .configuration,
          "house",
          .fault,
          failure.description,
          do: "Correct what is named; `onedoor config print --explain` says what each key takes."
        )
      )
      return try source.readBestPart()
    }
  }

  private func verified(_ configuration: Configuration) async -> [Finding] {
    let check = HouseCheck(services: Services.names, configuration: configuration) { _, _, _ in }
    let result = await check.run()
    let failures = result.failures.sorted { $0.key < $1.key }.map { service, failure in
      Finding(.integrity, service, .fault, failure.description, do: "See why it was not verified.")
    }
    let faults = result.faults.map { fault in
      Finding(
        .integrity,
        fault.service,
        .fault,
        fault.description,
        do: "See Verify in docs/operations.md for what this kind of fault means."
      )
    }
    let unnamed = result.unnamed.sorted { $0.key < $1.key }.map { service, count in
      Finding(
        .integrity,
        service,
        .fault,
        "\(count) more faults were counted and are not named",
        do: "Mend what is named first, then run doctor again; each kind is named up to 100 times."
      )
    }
    guard failures.isEmpty, faults.isEmpty else { return failures + faults + unnamed }
    return [Finding(.integrity, "house", .ok, "all six stores were verified and are sound")]
  }

  private func print(_ findings: [Finding]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      for finding in findings {
        if let bytes = try? encoder.encode(finding) { try Output.line(Array(bytes)) }
      }
      return
    }
    let worst = Finding.Level.allCases.reversed().flatMap { level in
      findings.filter { $0.level == level }
    }
    for finding in worst where verbose || finding.level != .ok {
      try Output.line(
        "[\(finding.level.rawValue)] \(finding.check.rawValue) \(finding.subject): \(finding.text)"
      )
      if !finding.advice.isEmpty { try Output.line("    \(finding.advice)") }
    }
    let counts = Finding.Level.allCases.map { level in
      "\(findings.count { $0.level == level }) \(level.rawValue)"
    }
    try Output.line(counts.joined(separator: ", "))
  }
}
