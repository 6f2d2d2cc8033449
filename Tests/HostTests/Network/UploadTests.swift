import Dispatch
import Foundation
import HTTP2
import Host
import Service
import Synchronization
import Testing

/// How a body comes to the endpoint that takes it.
enum Route: CaseIterable, Sendable {
  case direct, behindDoor, inDoor
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct UploadTests {
  private static let versions = ["--http1.1", "--http2-prior-knowledge"]
  /// What may wait for a sink: a window and what one turn of the loop reads beyond it.
  private static let bound = ServerLimits.inner.connection.streamWindow + 256 << 10

  /// A server at which every body goes to the sink, by the given route.
  private func serve(_ scene: Scene, _ route: Route, _ taker: Taker) async throws -> Server {
    let uploads = Uploads { _, reply in
      taker.open(reply)
      return taker
    }
    if route == .inDoor { return try await scene.serve(UploadDoor(uploads: uploads)) }
    let server = try await scene.serve(uploads)
    guard route == .behindDoor else { return server }
    return try await scene.serve(Decided.open, limits: .edge, upstreams: ["echo": server.port])
  }

  @Test(arguments: versions, Route.allCases)
  func `takes 64 MiB without ever holding more than a window`(
    version: String,
    route: Route
  ) async throws {
    try await Scene.play { scene in
      let taker = Taker()
      let server = try await serve(scene, route, taker)
      try await Scratch.with(count: 64 << 20) { file in
        let text = try await curl(server, version, "-T", file, "-X", "POST")
        #expect(text == "took 67108864")
      }
      let seen = taker.seen
      #expect(seen.isRight)
      #expect(seen.ends == ["end"])
      #expect(seen.largest <= Self.bound)
    }
  }

  @Test(arguments: versions, Route.allCases)
  func `a sink that does not resume holds the sender back`(
    version: String,
    route: Route
  ) async throws {
    try await Scene.play { scene in
      let slot = Slot<@Sendable () -> Void>()
      let taker = Taker { number, resume in if number == 1 { slot.put(resume) } else { resume() } }
      let server = try await serve(scene, route, taker)
      let quick = try await serve(scene, route, Taker())
      try await Scratch.with(count: 16 << 20) { file in
        async let slow = curl(server, version, "-T", file, "-X", "POST")
        let resume = try await slot.take()
        // Another sender brings as much in the meantime, over the same loop.
        #expect(try await curl(quick, version, "-T", file, "-X", "POST") == "took 16777216")
        #expect(taker.seen.pieces == 1)
        resume()
        // Only the first call counts.
        resume()
        let text = try await slow
        #expect(text == "took 16777216")
      }
      #expect(taker.seen.isRight)
      #expect(taker.seen.largest <= Self.bound)
    }
  }

  @Test(arguments: versions, Route.allCases)
  func `a sender that goes away aborts the sink once`(
    version: String,
    route: Route
  ) async throws {
    try await Scene.play { scene in
      let taker = Taker()
      let server = try await serve(scene, route, taker)
      let sender = try Sender(server, version)
      try sender.write(bytes(300_000))
      try await eventually("the first bytes") { taker.seen.count == 300_000 }
      sender.stop()
      try await eventually("the abort") { !taker.seen.ends.isEmpty }
      #expect(taker.seen.ends == ["abort"])
      #expect(taker.isCancelled)
    }
  }

  @Test(arguments: versions, Route.allCases)
  func `a refusal before the body is whole arrives and lets the sink go`(
    version: String,
    route: Route
  ) async throws {
    try await Scene.play { scene in
      let taker = Taker(refusesAt: 1)
      let server = try await serve(scene, route, taker)
      try await Scratch.with(count: 4 << 20) { file in
        let text = try await curl(server, version, "-T", file, "-X", "POST", "-w", " %{http_code}")
        #expect(text.hasPrefix("no 403"))
      }
      try await eventually("the abort") { !taker.seen.ends.isEmpty }
      #expect(taker.seen.ends == ["abort"])
    }
  }

  @Test(arguments: versions)
  func `a body that no sink wants is collected and dispatched`(version: String) async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Uploads { _, _ in nil })
      #expect(try await curl(server, version, "-d", "hello") == "hello")
    }
  }

  @Test(arguments: versions)
  func `an answer instead of a sink's first piece aborts it`(version: String) async throws {
    try await Scene.play { scene in
      let taker = Taker()
      let uploads = Uploads { _, reply in
        reply.send(Answer(status: 401, body: Array("who".utf8)))
        return taker
      }
      let server = try await scene.serve(uploads)
      #expect(try await curl(server, version, "-d", "hello") == "who")
      try await eventually("the abort") { taker.seen.ends == ["abort"] }
      #expect(taker.seen.pieces == 0)
    }
  }
}

/// An endpoint that gives sinks, and an echo where it gives none.
struct Uploads: StreamingEndpoint {
  var make: @Sendable (RequestHead, any Reply) -> (any BodySink)?

  func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? { make(head, reply) }

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    Served.echo.dispatch(request, to: reply)
  }
}

/// A door that takes every body itself, and decides so on another thread.
struct UploadDoor: Door, StreamingEndpoint {
  private static let queue = DispatchQueue(label: "door")
  var uploads: Uploads

  init(uploads: Uploads) {
    self.uploads = uploads
  }

  func passage(of head: RequestHead) -> Passage {
    .later { decide in UploadDoor.queue.async { decide(.local) } }
  }

  func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? {
    uploads.sink(for: head, to: reply)
  }

  func dispatch(_ request: InboundRequest, to reply: any Reply) {}
}

/// A sink that compares what it takes with ``bytes(_:)`` and answers with the number of bytes.
final class Taker: BodySink {
  /// What the sink has seen.
  struct Seen: Sendable {
    var pieces = 0
    var count = 0
    var largest = 0
    var isRight = true
    var ends: [String] = []
  }

  private static let queue = DispatchQueue(label: "taker")
  private static let pattern = bytes(4 << 20)
  private let state = Mutex(Seen())
  private let reply = Mutex<(any Reply)?>(nil)
  private let refusesAt: Int?
  private let handle: @Sendable (Int, @escaping @Sendable () -> Void) -> Void

  /// Creates a sink; without a closure every second piece is resumed on another thread.
  init(
    refusesAt: Int? = nil,
    _ handle: @escaping @Sendable (Int, @escaping @Sendable () -> Void) -> Void = { number, go in
      if number % 2 == 0 { go() } else { Taker.queue.async { go() } }
    }
  ) {
    self.refusesAt = refusesAt
    self.handle = handle
  }

  var seen: Seen { state.withLock { $0 } }
  var isCancelled: Bool { reply.withLock { $0?.isCancelled ?? false } }

  func open(_ reply: any Reply) {
    self.reply.withLock { $0 = reply }
  }

  func receive(_ bytes: [UInt8], resume: @escaping @Sendable () -> Void) {
    let number = state.withLock { seen in
      let start = seen.count % 65_521
      let expected = Self.pattern.dropFirst(start).prefix(bytes.count)
      let isEqual = expected.withUnsafeBytes { expected in
        expected.baseAddress.map { memcmp($0, bytes, expected.count) == 0 } ?? false
      }
      seen.isRight = seen.isRight && isEqual && expected.count == bytes.count
      seen.pieces += 1
      seen.count += bytes.count
      seen.largest = max(seen.largest, bytes.count)
      return seen.pieces
    }
    guard number == refusesAt else {
      handle(number, resume)
      return
    }
    // The answer goes out under a lock, into which no call may come back.
    state.withLock { _ in
      reply.withLock { $0?.send(Answer(status: 403, body: Array("no".utf8))) }
    }
  }

  func end() {
    let count = state.withLock { seen in
      seen.ends.append("end")
      return seen.count
    }
    reply.withLock { $0?.send(Answer(status: 200, body: Array("took \(count)".utf8))) }
  }

  func abort() {
    state.withLock { $0.ends.append("abort") }
  }
}

/// A file of a test with the bytes of ``bytes(_:)``.
enum Scratch {
  static func with(count: Int, _ body: (String) async throws -> Void) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(bytes(count)).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file.path)
  }
}

/// A `curl` that sends what the test writes until it is stopped.
struct Sender {
  private let process = Process()
  private let input = Pipe()

  init(_ server: Server, _ version: String) throws {
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments = ["-sS", version, "-T", ".", "-X", "POST"]
    process.arguments?.append("http://127.0.0.1:\(server.port)/")
    process.standardInput = input
    process.standardOutput = Pipe()
    process.standardError = Pipe()
    try process.run()
  }

  func write(_ bytes: [UInt8]) throws {
    try input.fileHandleForWriting.write(contentsOf: Data(bytes))
  }

  func stop() {
    // A lesser signal may be blocked in what this thread has started.
    kill(process.processIdentifier, SIGKILL)
  }
}
