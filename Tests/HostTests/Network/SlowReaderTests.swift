import Foundation
import Host
import Service
import Synchronization
import Testing

/// What becomes of HTTP/1.1 answers that are taken slowly or not at all.
@Suite(.timeLimit(.minutes(1)))
struct SlowReaderTests {
  private static let request = Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8)

  private func serving(_ count: Int) -> Served {
    let body = [UInt8](repeating: 42, count: count)
    return Served { _, reply in reply.send(Answer(status: 200, body: body)) }
  }

  /// Reads until the end of the connection or until so many bytes came.
  private func drain(_ visitor: Visitor, upTo most: Int) async throws -> Int {
    var count = 0
    var isOver = false
    try await eventually("all is read") {
      guard let more = visitor.read(65_536) else {
        isOver = true
        return true
      }
      count += more
      return count >= most
    }
    #expect(isOver || count >= most)
    return count
  }

  /// More than the share, and more than all sources together may hold.
  @Test(arguments: [16 << 20, 40 << 20])
  func `who takes nothing holds no more than the share of a source`(size: Int) async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.bodiesPerSource = 1 << 20
      // What waits is counted four times in the shortest of the times.
      limits.headerTimeout = .milliseconds(400)
      let server = try await scene.serve(serving(size), limits: limits)
      for _ in 0..<3 {
        let visitor = try Visitor(server.port, room: 65_536)
        visitor.say(Self.request)
        try await Task.sleep(for: .milliseconds(500))
        // What the system had taken comes, and then the end.
        #expect(try await drain(visitor, upTo: size) < size)
      }
    }
  }

  @Test
  func `who takes nothing over HTTP/2 holds no more either`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.headerTimeout = .milliseconds(400)
      let server = try await scene.serve(serving(60 << 20), limits: limits)
      let client = try await scene.connect(server)
      let stream = try await client.open(post("/"))
      let clock = ContinuousClock()
      let end = clock.now.advanced(by: .seconds(10))
      while await client.isOpen {
        try #require(clock.now < end)
        try await Task.sleep(for: .milliseconds(1))
      }
      stream.cancel()
    }
  }

  @Test
  func `answers of several connections of a source are counted together, and given back`()
    async throws
  {
    try await Scene.play { scene in
      // The system holds some megabytes of each, the server the rest.
      let size = 16 << 20
      var limits = ServerLimits.edge
      limits.bodiesPerSource = 20 << 20
      limits.bodies = 40 << 20
      limits.headerTimeout = .milliseconds(400)
      let server = try await scene.serve(serving(size), limits: limits)
      for _ in 0..<3 {
        let first = try Visitor(server.port, room: 65_536)
        first.say(Self.request)
        try await eventually("an answer begins") { first.read(1) != 0 }
        // The first one is counted before the second one asks.
        try await Task.sleep(for: .milliseconds(300))
        let second = try Visitor(server.port, room: 65_536)
        second.say(Self.request)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await drain(second, upTo: size) < size)
        // The first one has its share still.
        #expect(try await drain(first, upTo: size) >= size)
      }
    }
  }

  /// A preface, a window of 16 MiB for all streams and for the connection, and a GET.
  private static let requestOverHTTP2 =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    + [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0]
    + [0, 0, 4, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    + [0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, UInt8(ascii: "a")]

  /// What a service sends piece by piece, if it is asked by a reader or by a door before it.
  private final class Sending: Sendable {
    let reply = Mutex<(any Reply)?>(nil)

    func serve(_ scene: Scene, _ limits: ServerLimits, behindDoor: Bool) async throws -> Server {
      let served = Served { _, reply in
        self.reply.withLock { $0 = reply }
        reply.begin(status: 200, fields: [])
        reply.write([UInt8](repeating: 42, count: 16 << 20))
      }
      guard behindDoor else { return try await scene.serve(served, limits: limits) }
      let service = try await scene.serve(served)
      let upstreams = ["echo": service.port]
      return try await scene.serve(Decided.open, limits: limits, upstreams: upstreams)
    }
  }

  @Test(arguments: [request, requestOverHTTP2], [false, true])
  func `who takes little but steadily is not cut off while the system holds the rest`(
    request: [UInt8],
    behindDoor: Bool
  ) async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.bodiesPerSource = 20 << 20
      limits.answerTimeout = .seconds(4)
      limits.headerTimeout = .milliseconds(400)
      let sending = Sending()
      let server = try await sending.serve(scene, limits, behindDoor: behindDoor)
      let visitor = try Visitor(server.port, room: 65_536)
      visitor.say(request)
      try await eventually("an answer begins") { visitor.read(1) != 0 }
      // The system's buffer is of megabytes: nothing more is handed to it for longer than a window.
      // On a thread of its own, for among all tests a task may wait for seconds.
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          for _ in 0..<100 where visitor.read(16_384) != nil { usleep(100_000) }
          continuation.resume()
        }
      }
      let reply = try #require(sending.reply.withLock { $0 })
      #expect(!reply.isCancelled && reply.backlog > 0)
      // Who takes nothing at all is cut off.
      try await eventually("the connection is cut") { reply.isCancelled }
    }
  }

  @Test
  func `a server that stops lets the last answer come to its end`() async throws {
    try await Scene.play { scene in
      let size = 8 << 20
      let server = try await scene.serve(serving(size))
      let visitor = try Visitor(server.port, room: 65_536)
      visitor.say(Self.request)
      try await eventually("an answer begins") { visitor.read(1) != 0 }
      async let stopped: Void = server.stop(grace: .seconds(20))
      // Longer than a connection without a call is left alone then.
      var count = 1
      for _ in 0..<25 {
        count += visitor.read(16_384) ?? 0
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try await drain(visitor, upTo: .max) + count > size)
      await stopped
    }
  }
}
