import Foundation
import HTTP2
import Host
import Kernel
import Messages
import Service
import Synchronization

/// One service that a test runs over real sockets and a real store.
final class RunningService: Sendable {
  /// Where it listens.
  let port: Int
  /// What it consists of.
  let parts: RunningParts
  private let stopping: AsyncStream<Void>.Continuation
  private let ended: Task<Void, any Error>

  private init(
    port: Int,
    parts: RunningParts,
    stopping: AsyncStream<Void>.Continuation,
    ended: Task<Void, any Error>
  ) {
    self.port = port
    self.parts = parts
    self.stopping = stopping
    self.ended = ended
  }

  /// Starts a service and waits until it listens.
  static func start(
    _ definition: Definition,
    in folder: TemporaryFolder,
    watches: [HeadWatch] = [],
    environment: [String: String] = [:],
    lines: (@Sendable (String) -> Void)? = nil
  ) async throws -> RunningService {
    let name = definition.name
    var environment = environment
    environment["ONEDOOR_DATA"] = folder.path
    environment["ONEDOOR_LOOPS"] = "1"
    let variable = "ONEDOOR_LISTEN_\(name.uppercased())"
    environment[variable] = environment[variable] ?? "127.0.0.1:0"
    let configuration = try Configuration(file: nil, environment: environment)
    try KeyFolder(path: configuration.keysFolder).makeMissing(
      for: ["catalogue", "intake"],
      randomBytes: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } }
    )
    var plan = ServicePlan(definition)
    let caught = Caught()
    plan.front = { parts in
      caught.parts.withLock { $0 = parts }
      return ServicePlan.Front(parts.engine, watches: watches)
    }
    let log =
      lines.map { told in
        let sink = LineSink { told(String(decoding: $0, as: UTF8.self)) }
        return Log(service: name, level: .info, sink: sink)
      } ?? Log(service: name, level: .error)
    let runner = try ServiceRunner(plan, configuration: configuration, log: log)
    let (stops, stopping) = AsyncStream.makeStream(of: Void.self)
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let ended = Task {
      defer { listening.finish() }
      try await runner.run(
        until: {
          for await _ in stops { break }
          return "test"
        },
        ready: { port, _ in listening.yield(port) }
      )
    }
    guard let port = await ports.first(where: { _ in true }),
      let parts = caught.parts.withLock({ $0 })
    else {
      try await ended.value
      throw CancellationError()
    }
    return RunningService(port: port, parts: parts, stopping: stopping, ended: ended)
  }

  /// Stops it in good order.
  func stop() async throws {
    stopping.yield()
    try await ended.value
  }

  /// Writes entries to its feed.
  func publish(_ numbers: ClosedRange<UInt32>, in trace: TraceContext? = nil) async throws {
    let engine = parts.engine
    for number in numbers {
      let call = Call.ofTheSystem(
        "Probe",
        service: engine.definition.name,
        hall: "370212",
        now: engine.surroundings.hallNow(),
        trace: trace,
        surroundings: engine.surroundings
      )
      try await withCheckedThrowingContinuation { continuation in
        engine.write(call) { writing in
          try writing.publish(CatalogueV1.PublishResponse(published: number), subject: "probe")
        } completion: {
          continuation.resume(with: $0)
        }
      }
    }
  }

  /// Asks a page of it.
  func get(_ path: String, _ fields: [(String, String)] = []) async throws -> ClientAnswer {
    let loops = Loops()
    let connection = try await ClientConnection.connect(to: .loopback(port), on: loops)
    var head = HeaderList(call: path, to: .loopback(port), verb: "GET")
    for (name, value) in fields { head.append(name: name, value: value) }
    let answer = try await connection.send(head, deadline: .seconds(5))
    await connection.close()
    await loops.stop()
    return answer
  }
}

/// The parts as the plan's front is shown them.
private final class Caught: Sendable {
  let parts = Mutex<RunningParts?>(nil)
}
