internal import ArgumentParser
internal import Foundation
internal import Host
internal import Storage

/// Makes a backup of the running house.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a backup of the running house into a folder.",
    discussion: """
      All six go on answering. For some milliseconds they apply nothing of each other's feeds, so
      that no copy has seen more than the others' copies hold; the copies are then checked one by
      one and against each other. What fails leaves no copy behind.

      Whoever runs this shows the operator's certificate, or can read the services' signing keys.
      The folder is a path of each service's own file system: mount the same one there for all, and
      here. Keys are not part of a backup: keep them apart, or nobody can read personal data again.

      EXAMPLES
        onedoor backup /var/backups/onedoor/2026-09-14 --data /var/lib/onedoor
        onedoor backup /backup/2026-09-14 --with-keys /safe/onedoor-keys
      """
  )

  @OptionGroup var source: ConfigurationOptions

  @Argument(help: "The folder, which is made; a file in it is never overwritten.")
  var folder: String

  @Option(help: "Only this service: one store's own instant. May be repeated.")
  var service: [String] = []

  @Option(help: "Copy the keys of all six here too; apart from the folder of the backup.")
  var withKeys: String?

  @Flag(help: "Print what the backup's `backup.json` says.")
  var json = false

  func validate() throws {
    for name in service where !Services.names.contains(name) {
      throw ValidationError("there is no service \(name)")
    }
  }

  func run() async throws {
    try await Failure.exiting {
      let configuration = try source.read()
      let path = URL(filePath: folder).standardizedFileURL.path
      let keys = try withKeys.map { try KeyCopy(configuration.keysFolder, to: $0, apartFrom: path) }
      let names = Services.names.filter { service.isEmpty || service.contains($0) }
      let run = try BackupRun(configuration, of: names, into: path)
      if service.isEmpty {
        let record = try await run.whole()
        try with(keys) { try show(record, path) }
      } else {
        let manifests = try await run.single()
        try with(keys) { try show(manifests, path) }
      }
    }
  }

  /// Copies the keys, and then says what was made: nobody can read a backup whose keys are missing,
  /// so they must not wait for somebody who reads the output.
  private func with(_ keys: KeyCopy?, _ show: () throws -> Void) throws {
    let copied = Result { try keys?.make() }
    let shown = Result(catching: show)
    _ = try copied.get()
    try shown.get()
  }

  private func show(_ record: BackupRecord, _ path: String) throws {
    if json, let bytes = try? record.encoded() { return try Output.line(Array(bytes.dropLast())) }
    try Output.table(
      record.copies.map { copy in
        [
          copy.service, "\(path)/\(copy.name)", "\(copy.bytes)", copy.sha256,
          "\(copy.feedPosition)",
        ]
      }
    )
    for files in record.files {
      try Output.line("\(files.folder): \(files.files) files, \(files.bytes) bytes")
    }
    try Output.line(
      "The copies fit one another. Followers were held for \(record.holdMs) ms; "
        + "the whole took \(record.tookMs) ms."
    )
  }

  private func show(_ manifests: [BackupManifest], _ path: String) throws {
    try Output.table(
      manifests.map { manifest in
        [
          manifest.service, "\(path)/\(BackupCheck.file(of: manifest.service))",
          "\(manifest.bytes)", manifest.sha256, "\(manifest.feedPosition)",
        ]
      }
    )
    Output.error(
      "each copy is one store's own instant: together they may not fit; see `restore --check --unfinished`"
    )
  }
}
