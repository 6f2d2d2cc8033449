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

  private static let ports = "--port \(port) --inner-port \(port + 1)"

  private func up(_ options: String = "", environment: [String: String] = [:]) throws -> Process {
    try Tool.start(
      "up --data data \(Self.ports) \(options)",
      environment: environment,
      folder: folder,
      until: "onedoor is ready: http://127.0.0.1:\(Self.port)"
    ).process
  }

  private func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(path)")
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

  @Test(.timeLimit(.minutes(1)))
  func `a running house's folder is nobody else's, and a real one's no demonstration`() throws {
    let process = try up()
    let second = try Tool.run("up --data data --port \(Self.port + 20)", folder: folder)
    #expect(second.status == 75)
    #expect(second.error.contains("process \(process.processIdentifier) runs `onedoor up` on"))
    let settings = try Tool.run("config print --data data", folder: folder).output
    #expect(settings.contains("\nONEDOOR_LISTEN_DOOR=127.0.0.1:\(Self.port)\n"))
    #expect(try isReady())
    #expect(stop(process) == 0)
    let demo = try Tool.run("up --demo --data data", folder: folder)
    #expect(demo.status == 78)
    #expect(demo.error.contains("data holds a house of the real time"))
    #expect(!isThere("data/clock"))
  }

  @Test(.timeLimit(.minutes(1)))
  func `another house's answers are not taken for one's own`() throws {
    let process = try up()
    let (other, text) = try Tool.start(
      "up --data other \(Self.ports) --patience 3",
      folder: folder,
      until: "is not ready"
    )
    #expect(!text.contains("onedoor is ready"))
    #expect(text.contains("127.0.0.1:\(Self.port) (door) is taken"))
    #expect(text.contains("127.0.0.1:\(Self.port + 1) (catalogue) is taken"))
    #expect(stop(other) == 0)
    #expect(try isReady())
    #expect(stop(process) == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func `the file of the configuration is checked at once, and kept for who names the folder`()
    throws
  {
    let named = ["ONEDOOR_CONFIG": "house.json"]
    let file = URL(filePath: "\(folder)/house.json")
    try Data(#"{"calls": {"source": 7, "subject": "many"}}"#.utf8).write(to: file)
    let refused = try Tool.run("up --data data", environment: named, folder: folder)
    #expect(refused.status == 78)
    #expect(refused.error.contains("calls.subject"))
    #expect(!isThere("data/logs") && !isThere("data/keys"))
    try Data(#"{"calls": {"source": 7}}"#.utf8).write(to: file)
    let process = try up(environment: named)
    let settings = try Tool.run("config print --data data", folder: folder).output
    #expect(settings.contains("\nONEDOOR_CALLS_SOURCE=7\n"))
    #expect(stop(process) == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a hangup ends nothing, and all read their keys again`() throws {
    let process = try up()
    let child = try child(of: process)
    let log = "\(folder)/data/logs/catalogue.log"
    let before = try Tool.count("keys were taken anew", in: log)
    #expect(kill(process.processIdentifier, SIGHUP) == 0)
    try Tool.wait(until: { try Tool.count("keys were taken anew", in: log) > before })
    #expect(process.isRunning)
    #expect(try self.child(of: process) == child)
    #expect(try isReady())
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
