internal import ArgumentParser
internal import Foundation
internal import Host
internal import Kernel
internal import Messages
internal import Service

/// Asks each running service for a backup of its store.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let each running service write a checked backup of its store into a folder.",
    discussion: """
      The services go on meanwhile. Whoever runs this must be able to read the services' private
      keys. Each store is its own instant, so back up while nobody calls: a follower whose copy is
      ahead of its upstream's stands still after a restore.

      EXAMPLE
        onedoor backup /var/backups/onedoor/2026-09-14
      """
  )

  @OptionGroup var source: ConfigurationOptions

  @Argument(help: "The folder, which is made; a file in it is never overwritten.")
  var folder: String

  @Option(help: "Only this service. May be repeated.")
  var service: [String] = []

  func run() async throws {
    try await Failure.exiting {
      let configuration = try source.read()
      let path = URL(filePath: folder).standardizedFileURL.path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      var rows: [[String]] = []
      for name in service.isEmpty ? Services.names : service {
        rows.append([name] + (try await backup(name, to: "\(path)/\(name).sqlite", configuration)))
      }
      Output.table(rows)
    }
  }

  private func backup(
    _ name: String,
    to path: String,
    _ configuration: Configuration
  ) async throws -> [String] {
    let keyring: Keyring
    do {
      keyring = try KeyFolder(path: configuration.keysFolder).keyring(of: name)
    } catch {
      throw Failure(.notAllowed, "\(name): \(error)")
    }
    let pass = Pass(
      issuer: name,
      subject: name,
      roles: [.service],
      halls: [configuration.hall],
      expiresAt: Instant.realNow.advanced(byMilliseconds: Pass.lifetime)
    )
    let client = try GatewayClient(
      inner: name,
      configuration,
      fields: [("onedoor-pass", try keyring.seal(pass))]
    )
    let answer = try await client.post("/admin/backup", Array(path.utf8))
    let text = String(decoding: answer.body, as: UTF8.self).trimmingCharacters(in: .newlines)
    guard answer.status == 200 else { throw Failure(.fault, "\(name): \(text)") }
    return [path] + text.split(separator: " ").map(String.init)
  }
}
