import Foundation
import Testing

@Suite(.serialized) struct UpTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "onedoor-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Ports that differ between two runs of the tests.
  private static let port = 20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 20_000

  private var environment: [String: String] {
    ["ONEDOOR_DATA": "\(folder)/data", "ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(Self.port + 1)"]
  }

  private func up(_ options: String = "") throws -> Process {
    try Tool.start(
      "up --data data --port \(Self.port) --inner-port \(Self.port + 1) \(options)",
      folder: folder,
      until: "onedoor is ready: http://127.0.0.1:\(Self.port)"
    )
  }

  private func stop(_ process: Process) -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private func isReady() throws -> Bool {
    try Tool.run("healthcheck catalogue", environment: environment, folder: folder).status == 0
  }

  @Test(.timeLimit(.minutes(1)))
  func `the demo clock moves by steps only and survives a restart`() throws {
    var process = try up("--demo --speed 0")
    #expect(try Tool.run("clock now", folder: folder).output == "2026-09-14T09:00:00+08:00\n")
    #expect(try Tool.run("clock advance 2026-09-21", folder: folder).status == 0)
    #expect(try Tool.run("clock advance 2026-09-20", folder: folder).status == 65)
    #expect(stop(process) == 0)
    #expect(try Tool.run("up --data data", folder: folder).status == 78)
    process = try up("--demo --speed 0")
    #expect(try Tool.run("clock now", folder: folder).output == "2026-09-21T00:00:00+08:00\n")
    #expect(stop(process) == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a killed service comes back, and all end when the supervisor is killed`() throws {
    let process = try up()
    #expect(try isReady())
    let log = "\(folder)/data/logs/catalogue.log"
    #expect(kill(try child(of: process), SIGKILL) == 0)
    try Tool.wait(until: { try Tool.count("\"message\":\"ready\"", in: log) == 2 })
    #expect(try isReady())
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try Tool.wait(until: { try Tool.count("\"message\":\"stopped\"", in: log) == 1 })
    #expect(try Tool.count("parent gone", in: log) == 1)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a token is signed with the key that up made`() throws {
    let process = try up()
    let token = try Tool.run("token --role clerk --post W01", folder: folder)
    #expect(token.output.split(separator: ".").count == 3)
    let backup = try Tool.run(
      "backup backups --service catalogue",
      environment: environment,
      folder: folder
    )
    #expect(backup.output.hasPrefix("catalogue  "))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/backups/catalogue.sqlite.manifest"))
    #expect(stop(process) == 0)
  }

  /// The process of the catalogue below a supervisor.
  private func child(of process: Process) throws -> pid_t {
    let pid = process.processIdentifier
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    let all = try threads.map {
      try String(contentsOfFile: "/proc/\(pid)/task/\($0)/children", encoding: .utf8)
    }
    let pids = all.joined().split(separator: " ").compactMap { pid_t($0) }
    return try #require(
      pids.first { pid in
        let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
        return line?.contains("catalogue") ?? false
      }
    )
  }
}
