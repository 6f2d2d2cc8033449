internal import ArgumentParser
internal import Foundation
internal import Storage

/// Makes a data folder from a backup.
struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a backup, and make the stores and materials of a data folder from it.",
    discussion: """
      Each file is checked against its manifest, the copies against each other, each feed's chain
      and each material, and all that is wrong is told at once, before anything is written. The
      data folder must hold no store. Keys are not restored: put them there before the start.

      EXAMPLES
        onedoor restore /var/backups/onedoor/2026-09-14 --check
        onedoor restore /var/backups/onedoor/2026-09-14 --data /var/lib/onedoor
        onedoor restore /backup/2026-09-14 --data /data --service intake
      """
  )

  @Argument(help: "The folder of the backup.")
  var folder: String

  @Option(help: "The data folder, which is made and must hold no store.")
  var data: String?

  @Option(help: "Only this service; all that is in the folder is checked. May be repeated.")
  var service: [String] = []

  @Flag(help: "Take a folder without backup.json, whose backup was not finished.")
  var unfinished = false

  @Flag(help: "Only check.")
  var check = false

  @Flag(help: "Print what was found and done as JSON.")
  var json = false

  func validate() throws {
    for name in service where !Services.names.contains(name) {
      throw ValidationError("there is no service \(name)")
    }
    guard check || data != nil else { throw ValidationError("say --data FOLDER, or --check") }
  }

  func run() async throws {
    try await Failure.exiting {
      let path = URL(filePath: folder).standardizedFileURL.path
      guard FileManager.default.fileExists(atPath: path) else {
        throw Failure(.notFound, "\(folder) is not there")
      }
      let target = data.map { URL(filePath: $0).standardizedFileURL.path }
      let run = RestoreRun(
        path,
        service,
        takesUnfinished: unfinished,
        into: check ? nil : target
      )
      guard run.faults.isEmpty else {
        if json { try show(run.report(isRestored: false)) }
        throw Failure(run.faults)
      }
      if let target, !check { try run.restore(into: target) }
      let report = run.report(isRestored: !check)
      if json { return try show(report) }
      try say(report, target)
    }
  }

  private func show(_ report: RestoreRun.Report) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try Output.line(Array(try encoder.encode(report)))
  }

  private func say(_ report: RestoreRun.Report, _ target: String?) throws {
    try Output.table(
      report.services.map { [$0.service, "\($0.bytes)", "\($0.feedPosition)"] }
    )
    try Output.line("materials: \(report.materials) files, \(report.materialBytes) bytes")
    if !report.notCompared.isEmpty {
      let names = report.notCompared.joined(separator: ", ")
      Output.error("not compared with \(names), of which there is no copy here")
    }
    if !report.recorded {
      let kind = "not of a backup that was finished, or of single stores"
      Output.error("there is no \(BackupRecord.file): the copies are \(kind)")
    }
    guard let target, !check else {
      return try Output.line("The backup is sound and fits together (\(report.tookMs) ms).")
    }
    try Output.line(
      """
      Restored into \(target) (\(report.tookMs) ms). Before the start put the keys that the house \
      had then into its folder of keys (`keys` in the data folder unless configured otherwise): \
      without each service's own seal.key nobody can read personal data again.
      """
    )
  }
}
