import Glibc
import NIOCore
import Service
import Synchronization
import Testing

@testable import Host

/// A porch, and who was admitted from it.
private final class Entrance: Sendable {
  let count: ConnectionCount
  /// How often a loop was asked for room.
  let asked = Mutex(0)
  private let arrived = Mutex<[Arrival]>([])
  private let porch: Mutex<Porch?>

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits.edge
    change(&limits)
    count = ConnectionCount(limits)
    porch = Mutex(nil)
    let made = try Porch(at: .loopback(0), limits: limits, count: count) { [self] in
      asked.withLock { $0 += 1 }
    } admit: { [self] arrival in
      arrived.withLock { $0.append(arrival) }
    }
    porch.withLock { $0 = made }
  }

  var port: Int { porch.withLock { $0?.port ?? 0 } }
  var arrivals: [Arrival] { arrived.withLock { $0 } }

  func stop() async {
    let porch = porch.withLock { $0 }
    await porch?.stop()
    for arrival in arrivals { close(arrival.descriptor) }
  }

  /// How many more connections of another source there may be.
  func room(from source: String, upTo most: Int) -> Int {
    var entered = 0
    loop: while entered < most {
      switch count.enter(source) {
      case .welcome: entered += 1
      case .greedy: break loop
      case .crowded:
        count.leave(source)
        break loop
      }
    }
    for _ in 0..<entered { count.leave(source) }
    return entered
  }
}

@Suite(.timeLimit(.minutes(1)))
struct PorchTests {
  @Test
  func `only who speaks is admitted, and what it said is still there`() async throws {
    let entrance = try Entrance()
    let visitors = try (0..<3).map { _ in try Visitor(entrance.port) }
    visitors[1].say([42])
    try await eventually("one arrives") { !entrance.arrivals.isEmpty }
    let arrival = try #require(entrance.arrivals.first)
    #expect(arrival.source == "127.0.0.1" && arrival.peer == "127.0.0.1")
    var byte: UInt8 = 0
    #expect(recv(arrival.descriptor, &byte, 1, CInt(MSG_DONTWAIT)) == 1)
    #expect(byte == 42)
    visitors[2].say([7])
    try await eventually("another arrives") { entrance.arrivals.count == 2 }
    #expect(!visitors[0].isClosed)
    await entrance.stop()
    #expect(visitors[0].isClosed)
  }

  @Test
  func `who says nothing is closed in time, and counted no more`() async throws {
    let patience = Duration.milliseconds(200)
    let entrance = try Entrance {
      $0.headerTimeout = patience
      $0.connections = 4
    }
    let begin = ContinuousClock.now
    let visitors = try (0..<3).map { _ in try Visitor(entrance.port) }
    try await eventually("all are closed") { visitors.allSatisfy(\.isClosed) }
    #expect(ContinuousClock.now - begin >= patience)
    #expect(entrance.arrivals.isEmpty)
    try await eventually("none is counted") { entrance.room(from: "b", upTo: 4) == 4 }
    await entrance.stop()
  }

  @Test
  func `who goes without a word is counted no more`() async throws {
    let entrance = try Entrance { $0.connections = 2 }
    var visitor: Visitor? = try Visitor(entrance.port)
    try await eventually("it is counted") { entrance.room(from: "b", upTo: 2) == 1 }
    #expect(visitor?.isClosed == false)
    visitor = nil
    try await eventually("it is not") { entrance.room(from: "b", upTo: 2) == 2 }
    await entrance.stop()
  }

  @Test
  func `one too many of a source is closed at once`() async throws {
    let entrance = try Entrance { $0.connectionsPerSource = 2 }
    let visitors = try (0..<3).map { _ in try Visitor(entrance.port) }
    try await eventually("the third is closed") { visitors[2].isClosed }
    #expect(!visitors[0].isClosed && !visitors[1].isClosed)
    await entrance.stop()
  }

  @Test
  func `where there is no room an eighth of the silent goes, first come first`() async throws {
    let entrance = try Entrance { $0.connections = 16 }
    let visitors = try (0..<17).map { _ in try Visitor(entrance.port) }
    try await eventually("two are closed") { visitors.filter(\.isClosed).count == 2 }
    #expect(visitors[0].isClosed && visitors[1].isClosed)
    visitors[16].say([1])
    try await eventually("the last one is served") { entrance.arrivals.count == 1 }
    #expect(!entrance.count.isCrowded && entrance.asked.withLock { $0 } == 0)
    #expect(entrance.room(from: "b", upTo: 16) == 1)
    await entrance.stop()
  }

  @Test
  func `where all others speak, a loop is asked for room`() async throws {
    let entrance = try Entrance { $0.connections = 1 }
    let first = try Visitor(entrance.port)
    first.say([1])
    try await eventually("the first arrives") { entrance.arrivals.count == 1 }
    let second = try Visitor(entrance.port)
    second.say([2])
    try await eventually("the second arrives") { entrance.arrivals.count == 2 }
    #expect(entrance.count.isCrowded && entrance.asked.withLock { $0 } == 1)
    await entrance.stop()
  }

  @Test
  func `who has just come is not closed for the next one`() async throws {
    let entrance = try Entrance { $0.connections = 64 }
    for _ in 0..<62 { #expect(entrance.count.enter("b") == .welcome) }
    let visitors = try (0..<4).map { _ in try Visitor(entrance.port) }
    for visitor in visitors.reversed() { visitor.say([1]) }
    try await eventually("all four arrive") { entrance.arrivals.count == 4 }
    #expect(entrance.asked.withLock { $0 } == 2)
    await entrance.stop()
  }

  @Test
  func `many come, speak and go in any order, and none is lost or counted twice`() async throws {
    let entrance = try Entrance { $0.headerTimeout = .seconds(30) }
    var held: [Visitor] = []
    // Not more: Foundation's Process, which tests beside use, reads past a list of a thousand open
    // descriptors.
    for number in 0..<150 {
      let visitor = try Visitor(entrance.port)
      if number % 3 == 0 { visitor.say([UInt8(truncatingIfNeeded: number)]) }
      if number % 3 != 1 { held.append(visitor) }
    }
    // Of each three one spoke, one went, one is silent.
    try await eventually("a third arrives") { entrance.arrivals.count == 50 }
    try await eventually("a third is gone") {
      entrance.room(from: "127.0.0.1", upTo: 1_024) == 1_024 - 100
    }
    await entrance.stop()
    #expect(held.filter(\.isClosed).count == 100)
    #expect(entrance.room(from: "127.0.0.1", upTo: 1_024) == 1_024 - 50)
  }

  @Test
  func `an address that is taken is an error`() async throws {
    let entrance = try Entrance()
    let count = entrance.count
    #expect(throws: IOError.self) {
      try Porch(at: .loopback(entrance.port), limits: .edge, count: count) {
      } admit: { _ in
      }
    }
    await entrance.stop()
  }
}
