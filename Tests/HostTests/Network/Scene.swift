import Dispatch
import Foundation
import HTTP2
import Host
import NIOCore
import NIOPosix
import Service
import Synchronization
import Testing

/// An endpoint made of a closure.
struct Served: Endpoint {
  var answer: @Sendable (InboundRequest, any Reply) -> Void

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    answer(request, reply)
  }

  /// Answers each request with its own body and its fields that begin with `x-` or `onedoor-`.
  static let echo = Served { request, reply in
    var fields = [Answer.Field("content-type", "application/proto")]
    fields.append(Answer.Field("x-path", request.path))
    for name in ["x-one", "onedoor-pass", "idempotency-key"] as [StaticString] {
      if let value = request.fields.value(of: name) {
        fields.append(Answer.Field(name.description, value))
      }
    }
    reply.send(Answer(status: 200, fields: fields, body: request.body))
  }
}

/// A door made of closures.
struct Decided: Door {
  var decide: @Sendable (RequestHead) -> Passage
  var served = Served.echo

  func passage(of head: RequestHead) -> Passage { decide(head) }

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    served.dispatch(request, to: reply)
  }

  /// Forwards everything to the service `echo`.
  static let open = Decided { _ in
    .forward(
      Forwarding(
        upstream: "echo",
        set: [Answer.Field("onedoor-pass", "stamped")],
        answerFields: [Answer.Field("onedoor-clock", "demo")],
        bodyLimit: 64 << 20
      )
    )
  }
}

/// Servers and loops of one test, stopped at its end.
final class Scene: Sendable {
  let loops = Loops(count: 1)
  private let servers = Mutex<[Server]>([])

  /// Runs a test and cleans up behind it.
  static func play(_ body: (Scene) async throws -> Void) async throws {
    let scene = Scene()
    do {
      try await body(scene)
    } catch {
      await scene.close()
      throw error
    }
    await scene.close()
  }

  private func close() async {
    for server in servers.withLock({ $0 }) { await server.stop(grace: .milliseconds(50)) }
    await loops.stop()
  }

  func serve(
    _ endpoint: any Endpoint,
    port: Int = 0,
    limits: ServerLimits = .inner,
    upstreams: [String: Int] = [:],
    secured: [String: Secured] = [:],
    security: Security? = nil
  ) async throws -> Server {
    let server = try await Server.start(
      endpoint,
      at: .loopback(port),
      limits: limits,
      upstreams: Upstreams(upstreams.mapValues { .loopback($0) }, secured: secured),
      security: security,
      on: loops
    )
    servers.withLock { $0.append(server) }
    return server
  }

  /// A door in front of an echo, and a connection to the door.
  func door(_ door: Decided = .open) async throws -> (Server, ClientConnection) {
    let upstream = try await serve(Served.echo)
    let server = try await serve(door, limits: .edge, upstreams: ["echo": upstream.port])
    return (server, try await connect(server))
  }

  func connect(_ server: Server, secured: Secured? = nil) async throws -> ClientConnection {
    try await ClientConnection.connect(to: .loopback(server.port), on: loops, secured: secured)
  }
}

/// The head of a call in a test.
func post(_ path: String, _ fields: [(String, String)] = []) -> HeaderList {
  var head = HeaderList(method: "POST", scheme: "http", authority: "test", path: path)
  for (name, value) in fields { head.append(name: name, value: value) }
  return head
}

/// Bytes that repeat after a prime number of them.
func bytes(_ count: Int) -> [UInt8] {
  let period = (0..<min(count, 65_521)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  var all: [UInt8] = []
  while all.count < count { all += period.prefix(count - all.count) }
  return all
}

/// Waits until a condition holds, at most twenty seconds.
func eventually(_ what: Comment, _ condition: () -> Bool) async throws {
  let clock = ContinuousClock()
  let end = clock.now.advanced(by: .seconds(20))
  while !condition() {
    try #require(clock.now < end, what)
    // Tests that run beside want the processor too.
    try await Task.sleep(for: .milliseconds(1))
  }
}

/// Where one side of a test puts something that the other waits for.
final class Slot<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let source: AsyncStream<Value>.Continuation

  init() {
    (stream, source) = AsyncStream.makeStream()
  }

  func put(_ value: Value) {
    source.yield(value)
  }

  func take() async throws -> Value {
    var iterator = stream.makeAsyncIterator()
    return try #require(await iterator.next())
  }
}

/// Runs a program of the system and returns what it printed.
func run(_ program: String, _ arguments: [String]) async throws -> String {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/\(program)")
  process.arguments = arguments
  let output = Pipe()
  process.standardOutput = output
  process.standardError = output
  try process.run()
  // Reading blocks, and the threads of Swift's own tasks are needed by the test.
  let printed = Slot<String>()
  let reading = output.fileHandleForReading
  DispatchQueue.global().async {
    printed.put(String(decoding: reading.readDataToEndOfFile(), as: UTF8.self))
  }
  return try await printed.take()
}

/// Runs `curl` against a server, with ten seconds at most.
func curl(_ server: Server, _ arguments: String...) async throws -> String {
  try await run(
    "curl",
    ["-sS", "-m", "10"] + arguments + ["http://127.0.0.1:\(server.port)/a/b?c=d"]
  )
}

extension Loops {
  /// Listens on a port of loopback, with a handler of a test's own for each connection.
  func listen(_ handler: @escaping @Sendable () -> any ChannelHandler) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(handler())
        }
      }
      .bind(host: "127.0.0.1", port: 0)
      .get()
  }
}
