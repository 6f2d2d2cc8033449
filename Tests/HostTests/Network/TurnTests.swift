import Glibc
import HTTP2
import NIOCore
import Service
import Synchronization
import Testing

@testable import Host

/// Whoever sends very many calls at once waits for them, and nobody else of the loop does.
@Suite(.timeLimit(.minutes(1)))
struct TurnTests {
  private static let one = Array("GET /one HTTP/1.1\r\nhost: test\r\n\r\n".utf8)

  /// Takes a millisecond of the loop for each call, and notes in which order they came.
  ///
  /// While it is at the first of many, another caller asks.
  private final class Worker: Sendable {
    let order = Mutex<[String]>([])
    let other = Mutex<CInt?>(nil)

    var endpoint: Served {
      Served { [self] request, reply in
        let end = NIODeadline.now() + .milliseconds(1)
        if request.path == "/many", let other = other.withLock({ $0.take() }) {
          let asking = TurnTests.one
          #expect(send(other, asking, asking.count, CInt(MSG_NOSIGNAL)) == asking.count)
        }
        while NIODeadline.now() < end {}
        order.withLock { $0.append(request.path) }
        reply.send(Answer(status: 200, fields: [], body: []))
      }
    }

    func count(_ path: String) -> Int { order.withLock { $0.count { $0 == path } } }
  }

  private static let calls = 100

  /// All of them in one piece, by HTTP/2.
  private func manyOverHTTP2() throws -> [UInt8] {
    var session = ClientSession(limits: .inner)
    for _ in 0..<Self.calls {
      _ = session.request(OutgoingHead(HeadTemplate(post("/many"))), body: [], isWhole: true)
    }
    var asking: [UInt8] = []
    try session.send { piece in
      asking += piece
      return true
    }
    return asking
  }

  private let manyOverHTTP1 = Array(
    String(repeating: "GET /many HTTP/1.1\r\nhost: test\r\n\r\n", count: calls).utf8
  )

  /// Sends them; another caller's one call comes while the first of them is served.
  private func expectTurns(_ many: [UInt8]) async throws {
    try await Scene.play { scene in
      let worker = Worker()
      let server = try await scene.serve(worker.endpoint, limits: .edge)
      let other = try Visitor(server.port)
      other.say(Self.one)
      try await eventually("a first answer") { (other.read(1_024) ?? 0) > 0 }
      worker.other.withLock { $0 = other.descriptor }
      let greedy = try (0..<3).map { _ in try Visitor(server.port) }
      for one in greedy { one.say(many) }
      try await eventually("the other caller's answer") { (other.read(1_024) ?? 0) > 0 }
      try await eventually("all of them") { worker.count("/many") == 3 * Self.calls }
      #expect(worker.count("/one") == 2)
      // One of them at a time goes on, and then the others have their turn. On a busy machine the
      // system itself may take a while to pass the other one's request on.
      #expect(worker.order.withLock { $0.last } == "/many", "the other one had to wait for all")
    }
  }

  @Test
  func `many calls of one HTTP/2 connection leave others their turn`() async throws {
    try await expectTurns(try manyOverHTTP2())
  }

  @Test
  func `many calls of one HTTP/1.1 connection leave others their turn`() async throws {
    try await expectTurns(manyOverHTTP1)
  }

  @Test
  func `calls that waited when their caller broke the rules are not begun`() async throws {
    try await Scene.play { scene in
      let worker = Worker()
      let server = try await scene.serve(worker.endpoint, limits: .edge)
      let caller = try Visitor(server.port)
      // A window update of nothing, for the connection: an error of the connection.
      let breach: [UInt8] = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      caller.say(try manyOverHTTP2() + breach)
      try await eventually("a first call") { worker.count("/many") > 0 }
      // The connection lingers, and is read from while its caller goes on.
      for _ in 0..<20 where send(caller.descriptor, [0], 1, CInt(MSG_NOSIGNAL)) == 1 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(worker.count("/many") < Self.calls / 4)
    }
  }

  @Test
  func `a long body is moved once`() {
    let piece = [UInt8](repeating: 7, count: 16 << 10)
    var body: [UInt8] = []
    var places = Set<UnsafeRawPointer>()
    for _ in 0..<64 {
      piece.withUnsafeBytes { body.gather($0, limit: 1 << 20) }
      if body.count > 128 << 10 { body.withUnsafeBytes { _ = places.insert($0.baseAddress!) } }
    }
    #expect(body == [UInt8](repeating: 7, count: 1 << 20))
    #expect(places.count == 1)
  }
}
