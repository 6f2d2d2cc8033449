import Foundation
import HTTP2
import Host
import Service
import Synchronization
import Testing

let trunkPath = "/onedoor.trunk.v1"

/// Short calls between services, which share a stream.
@Suite(.timeLimit(.minutes(1)))
struct TrunkTests {
  /// The head by which a trunk is asked for.
  private var head: HeaderList {
    post(trunkPath, [("content-type", "application/onedoor-trunk")])
  }

  private static func cancel(_ call: UInt32) -> [UInt8] {
    var writer = TrunkWriter()
    writer.add(.cancel, call)
    return writer.take()
  }

  private func template(_ path: String) -> HeadTemplate {
    HeadTemplate(post(path, [("content-type", "application/proto")]))
  }

  /// A record of an answer, kept.
  private struct Said: Equatable {
    var kind: TrunkRecord.Kind
    var call: UInt32
    var status: Int?
    var body: [UInt8]
  }

  private func read(_ bytes: [UInt8]) throws -> [Said] {
    var reader = TrunkReader.ofAnswers()
    var said: [Said] = []
    try bytes.withUnsafeBytes {
      _ = try reader.read($0) { record, head in
        said.append(
          Said(
            kind: record.kind,
            call: record.call,
            status: head.flatMap { record.withHead($0) { HeaderList($0) }.status },
            body: Array(record.body)
          )
        )
        return true
      }
    }
    return said.filter { $0.kind != .head }
  }

  @Test
  func `each call is answered, at once or later, in whatever order`() async throws {
    try await Scene.play { scene in
      let later = Slot<any Reply>()
      let server = try await scene.serve(
        Served { request, reply in
          guard request.path == "/later" else {
            return Served.echo.dispatch(request, to: reply)
          }
          later.put(reply)
        }
      )
      let client = try await scene.connect(server)
      var writer = TrunkWriter()
      let (echo, slow) = (template("/echo"), template("/later"))
      writer.add(.call, 0, OutgoingHead(slow, length: 0), body: [])
      writer.add(.call, 1, OutgoingHead(echo, length: 2), body: [1, 2])
      writer.add(.call, 2, OutgoingHead(echo, length: 1), body: [3])
      async let answer = client.send(head, body: writer.take())
      try await later.take().send(Answer(status: 404, body: [9]))
      let whole = try await answer
      #expect(whole.status == 200)
      #expect(
        try read(whole.body).sorted { $0.call < $1.call } == [
          Said(kind: .answer, call: 0, status: 404, body: [9]),
          Said(kind: .answer, call: 1, status: 200, body: [1, 2]),
          Said(kind: .answer, call: 2, status: 200, body: [3]),
        ]
      )
    }
  }

  @Test
  func `a long answer to a short call comes whole, and stops while nobody takes it`() async throws {
    try await Scene.play { scene in
      let gauge = Slot<any Reply>()
      let upstream = try await scene.serve(
        Served { request, reply in
          guard request.path == "/pieces" else {
            return reply.send(Answer(status: 200, body: bytes(9 << 20)))
          }
          reply.begin(status: 200, fields: [])
          for _ in 0..<64 { reply.write(bytes(64 << 10)) }
          gauge.put(reply)
        }
      )
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      #expect(try await client.send(post("/"), body: [1]).body == bytes(9 << 20))

      let stream = try await client.open(post("/pieces"), body: [1])
      let reply = try await gauge.take()
      // Others are served while this answer stands still.
      #expect(try await client.send(post("/"), body: [1]).body.count == 9 << 20)
      #expect(reply.backlog > 1 << 20)
      reply.finish()
      var count = 0
      while let piece = try await stream.next() { count += piece.count }
      #expect(count == 4 << 20)
    }
  }

  @Test
  func `who gives up is heard by the handler, and the next call is another one`() async throws {
    try await Scene.play { scene in
      let replies = Slot<any Reply>()
      let upstream = try await scene.serve(Served { _, reply in replies.put(reply) })
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      await #expect(throws: ClientError.deadlinePassed) {
        try await client.send(post("/"), body: [1], deadline: .milliseconds(100))
      }
      let first = try await replies.take()
      try await eventually("the handler hears of it") { first.isCancelled }
      async let second = client.send(post("/"), body: [2])
      let reply = try await replies.take()
      first.send(Answer(status: 200, body: [1]))
      reply.send(Answer(status: 200, body: [2]))
      let body = try await second.body
      #expect(body == [2])
    }
  }

  @Test
  func `what breaks the form ends the trunk and nothing else`() async throws {
    try await Scene.play { scene in
      let held = Mutex<[any Reply]>([])
      let server = try await scene.serve(Served { _, reply in held.withLock { $0.append(reply) } })
      var twice = TrunkWriter()
      let silent = OutgoingHead(template("/silent"), length: 0)
      for _ in 0..<2 { twice.add(.call, 7, silent, body: []) }
      var answered = TrunkWriter()
      answered.add(.answer, 7, silent, body: [])
      let half = Array(TrunkTests.cancel(7).dropLast())
      var stingy = TrunkWriter()
      stingy.add(.credit, 7, number: 0)
      let broken = [[UInt8](repeating: 255, count: 24)]
      let hostile = [twice.take(), answered.take(), half, stingy.take()] + broken
      for bytes in hostile {
        let client = try await scene.connect(server)
        await #expect(throws: ClientError.reset(.protocolError)) {
          try await client.send(head, body: bytes)
        }
        #expect(await client.isOpen)
      }
    }
  }

  @Test
  func `what a caller takes back without end ends the trunk`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.connection.resetBurst = 10
      let server = try await scene.serve(Served.echo, limits: limits)
      let client = try await scene.connect(server)
      func cancels(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in TrunkTests.cancel(1) }
      }
      #expect(try await client.send(head, body: cancels(10)).status == 200)
      let another = try await scene.connect(server)
      await #expect(throws: ClientError.reset(.protocolError)) {
        try await another.send(head, body: cancels(11))
      }
    }
  }

  @Test
  func `who takes no answers is read no further, and nothing is lost`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(
        Served { _, reply in reply.send(Answer(status: 200, body: bytes(60_000))) }
      )
      let client = try await scene.connect(server)
      var writer = TrunkWriter()
      let call = OutgoingHead(template("/large"), length: 0)
      for number in 0..<UInt32(300) { writer.add(.call, number, call, body: []) }
      let stream = try await client.open(head, body: writer.take())
      var whole: [UInt8] = []
      while let piece = try await stream.next() { whole += piece }
      let said = try read(whole)
      #expect(said.map(\.call).sorted() == Array(0..<300))
      #expect(said.allSatisfy { $0.kind == .answer && $0.body.count == 60_000 })
    }
  }

  @Test
  func `a connection has one trunk, and a request without a body is none`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Served.echo)
      let client = try await scene.connect(server)
      // Ended with its head, so it is a call like any other.
      #expect(try await client.send(head).fields.string(of: "x-path") == trunkPath)
      #expect(try await client.send(head, body: TrunkTests.cancel(1)).status == 200)
      let second = try await client.send(head, body: TrunkTests.cancel(1))
      #expect(second.body == TrunkTests.cancel(1))
    }
  }

  @Test
  func `a slow call outlives the idle time, and calls go on behind it`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.idleTimeout = .milliseconds(400)
      let replies = Slot<any Reply>()
      let upstream = try await scene.serve(
        Served { request, reply in
          if request.path == "/slow" { replies.put(reply) } else { reply.send(Answer(status: 200)) }
        },
        limits: limits
      )
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      for _ in 0..<2 { #expect(try await client.send(post("/"), body: [1]).status == 200) }
      async let slow = client.send(post("/slow"), body: [1])
      let reply = try await replies.take()
      try await Task.sleep(for: .seconds(1))
      reply.send(Answer(status: 200, body: [7]))
      let body = try await slow.body
      #expect(body == [7])
      // By now the connection may have ended; the next call makes another one.
      try await Task.sleep(for: .seconds(1))
      #expect(try await client.send(post("/"), body: [1]).status == 200)
    }
  }

  /// The callers' ports of the connections that are open to a port of loopback.
  private func connections(to port: Int) throws -> Set<String> {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/net/tcp"))
    let table = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
    let own = String(format: "0100007F:%04X", port)
    var callers: Set<String> = []
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      // 01 is ESTABLISHED.
      if words.count > 3, words[1] == own, words[3] == "01" { callers.insert(String(words[2])) }
    }
    return callers
  }

  @Test
  func `a connection that nobody uses ends with its trunk, and the next call makes another one`()
    async throws
  {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.idleTimeout = .seconds(1)
      // As it is, twice in the idle time the peer is asked whether it lives.
      limits.silence = .milliseconds(400)
      let replies = Slot<any Reply>()
      let upstream = try await scene.serve(Served { replies.put($1) }, limits: limits)
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      var seen: [Set<String>] = []
      for _ in 0..<2 {
        // The first opens the trunk. While one is open, so is the connection.
        for _ in 0..<2 {
          async let answer = client.send(post("/"), body: [1])
          let reply = try await replies.take()
          seen.append(try connections(to: upstream.port))
          reply.send(Answer(status: 200))
          let status = try await answer.status
          #expect(status == 200)
        }
        try await eventually("the connection ends") {
          (try? connections(to: upstream.port).isEmpty) == true
        }
      }
      #expect(seen.allSatisfy { $0.count == 1 } && seen[0] != seen[3])
    }
  }

  /// Reads what has come; false at the end of the connection.
  private func drain(_ visitor: Visitor) -> Bool {
    while let count = visitor.read(65_536) {
      guard count > 0 else { return true }
    }
    return false
  }

  @Test
  func `whoever keeps a trunk without calls open is cut off`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.inner
      limits.idleTimeout = .milliseconds(200)
      limits.settingsTimeout = .seconds(2)
      let server = try await scene.serve(Served.echo, limits: limits)
      var session = ClientSession(limits: .inner)
      _ = session.request(
        OutgoingHead(HeadTemplate(head)),
        body: TrunkTests.cancel(1),
        isWhole: false
      )
      var asking: [UInt8] = []
      try session.send { piece in
        asking += piece
        return true
      }
      let visitor = try Visitor(server.port)
      visitor.say(asking)
      try await eventually("the server's settings") { (visitor.read(65_536) ?? 0) > 0 }
      // They are acknowledged, and then there is nothing.
      visitor.say([0, 0, 0, 4, 1, 0, 0, 0, 0])
      try await eventually("the end") { !drain(visitor) }
    }
  }

  @Test
  func `a door and HTTP/1.1 have no trunks`() async throws {
    try await Scene.play { scene in
      let (_, client) = try await scene.door(Decided { _ in .answer(Answer(status: 404)) })
      #expect(try await client.send(head, body: []).status == 404)
      let server = try await scene.serve(Served.echo)
      let text = try await run(
        "curl",
        [
          "-sS", "-m", "10", "--http1.1", "-H", "content-type: application/onedoor-trunk", "-d",
          "hello", "http://127.0.0.1:\(server.port)\(trunkPath)",
        ]
      )
      #expect(text == "hello")
    }
  }

  @Test
  func `a service that stops answers what is on its trunk, and the next call finds the next one`()
    async throws
  {
    try await Scene.play { scene in
      let replies = Slot<any Reply>()
      let upstream = try await scene.serve(Served { _, reply in replies.put(reply) })
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      async let answer = client.send(post("/"), body: [1])
      let reply = try await replies.take()
      async let stopped: Void = upstream.stop(grace: .seconds(20))
      reply.send(Answer(status: 200, body: [5]))
      let body = try await answer.body
      #expect(body == [5])
      let began = ContinuousClock.now
      await stopped
      // Nothing holds the connection open: it is not cut at the end of the grace.
      #expect(ContinuousClock.now - began < .seconds(15))
      _ = try await scene.serve(Served.echo, port: upstream.port)
      #expect(try await client.send(post("/"), body: [6]).body == [6])
    }
  }

  @Test
  func `calls whose connection is lost are not made twice`() async throws {
    try await Scene.play { scene in
      let held = Mutex<[any Reply]>([])
      let arrived = Slot<Void>()
      let upstream = try await scene.serve(
        Served { _, reply in
          held.withLock { $0.append(reply) }
          arrived.put(())
        }
      )
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: .edge, upstreams: ports)
      let client = try await scene.connect(door)
      async let answer = client.send(post("/"), body: [1])
      try await arrived.take()
      await upstream.stop(grace: .zero)
      let text = String(decoding: try await answer.body, as: UTF8.self)
      #expect(text.contains("OUTCOME_UNKNOWN"))
      #expect(held.withLock { $0.count } == 1)
    }
  }
}
