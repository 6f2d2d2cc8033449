import Dispatch
import Glibc
import Service
import Synchronization
import Testing

@testable import Host

/// Who goes first where large bodies wait to be read, and who not at all.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct AsideTests {
  @Test
  func `sources take turns, and of each what came first goes first`() {
    var rounds = Rounds<String>()
    for one in ["a1", "a2", "a3", "b1", "c1", "c2"] {
      rounds.add(one, for: String(one.prefix(1)))
    }
    #expect(rounds.count == 6)
    #expect(rounds.count(of: "a") == 3)
    var order: [String] = []
    while let next = rounds.next() {
      order.append(next)
      if next == "b1" { rounds.add("b2", for: "b") }
    }
    #expect(order == ["a1", "b1", "c1", "a2", "b2", "c2", "a3"])
    #expect(rounds.count == 0)
    #expect(rounds.count(of: "a") == 0)
  }

  @Test
  func `what is dropped leaves no turn behind and takes none away`() {
    var rounds = Rounds<Int>()
    for one in 1...4 { rounds.add(one, for: "a") }
    rounds.add(10, for: "b")
    rounds.drop(of: "a") { $0 != 3 }
    rounds.drop(of: "c") { _ in true }
    #expect(rounds.count == 2)
    #expect(rounds.next() == 3)
    #expect(rounds.next() == 10)
    rounds.add(5, for: "a")
    rounds.drop(of: "a") { _ in true }
    #expect(rounds.count == 0)
    // It is added to once more before its turn comes.
    rounds.add(6, for: "a")
    #expect(rounds.next() == 6)
    #expect(rounds.next() == nil)
    for one in 1...4 { rounds.add(one, for: one < 3 ? "a" : "b") }
    rounds.drop { $0 % 2 == 0 }
    #expect(rounds.count == 2)
    #expect([rounds.next(), rounds.next(), rounds.next()] == [1, 3, nil])
  }

  /// A door whose bodies are all longer than they look, and the visitors who send them.
  private struct Place {
    let bombs: Bombs
    let server: Server

    init(_ scene: Scene, each: @escaping @Sendable (Bomb) -> Void = { _ in }) async throws {
      let bombs = Bombs()
      let upstream = try await scene.serve(Served.echo)
      let door = Decided { _ in
        let bomb = Bomb(of: bombs)
        each(bomb)
        return .forward(
          Forwarding(
            upstream: "echo",
            set: [],
            bodyLimit: 100,
            transcoder: bomb,
            finished: { status in bombs.told.withLock { $0.ends.append(status) } }
          )
        )
      }
      server = try await scene.serve(door, limits: .edge, upstreams: ["echo": upstream.port])
      self.bombs = bombs
    }

    /// Sends one body of one byte, and waits until the loop has looked at it.
    func send(_ body: UInt8, from host: UInt8) async throws -> Visitor {
      let count = bombs.told.withLock { $0.looks }
      let visitor = try Visitor(server.port, from: host)
      visitor.say(Array("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n".utf8) + [body])
      try await eventually("a look at \(body)") { bombs.told.withLock { $0.looks } > count }
      return visitor
    }

    /// Occupies all threads, however many others want them at the moment.
    func occupy(from host: UInt8) async throws -> [Visitor] {
      var all: [Visitor] = []
      for _ in 0..<Aside.threads { all.append(try await send(0, from: host)) }
      try await eventually("all threads to be at it") { bombs.begun.count == Aside.threads }
      return all
    }

    /// The status of the answer; empty if the connection ends without one.
    func status(_ visitor: Visitor) async throws -> String {
      var text: [UInt8] = []
      try await eventually("an answer") {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let length = recv(visitor.descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        if length > 0 { text += buffer.prefix(length) }
        return length == 0 || text.count >= 12
      }
      return String(decoding: text.dropFirst(9).prefix(3), as: UTF8.self)
    }
  }

  @Test
  func `who sends one waits for none of those that another has sent`() async throws {
    try await Scene.play { scene in
      let place = try await Place(scene)
      var all = try await place.occupy(from: 21)
      for number in 1...20 { all.append(try await place.send(UInt8(number), from: 21)) }
      let neighbour = try await place.send(99, from: 22)
      place.bombs.open(all.count + 1)
      #expect(try await place.status(neighbour) == "200")
      for one in all { #expect(try await place.status(one) == "200") }
      let begun = place.bombs.begun
      #expect(begun.count == all.count + 1)
      // One of the other's at most has its turn before, and as many again may note theirs before.
      let turn = try #require(begun.firstIndex(of: 99)) - Aside.threads
      #expect(turn <= 1 + Aside.threads, "\(begun)")
    }
  }

  @Test
  func `nothing is done for those who have gone`() async throws {
    try await Scene.play { scene in
      let place = try await Place(scene)
      let all = try await place.occupy(from: 23)
      for number in 1...20 { _ = try await place.send(UInt8(number), from: 23) }
      try await eventually("twenty to be missed") {
        place.bombs.told.withLock { $0.ends } == [Int](repeating: 0, count: 20)
      }
      let last = try await place.send(99, from: 23)
      place.bombs.open(all.count + 21)
      #expect(try await place.status(last) == "200")
      #expect(place.bombs.begun.drop { $0 == 0 } == [99])
    }
  }

  @Test
  func `one source has its share of the room, and the others have theirs`() async throws {
    try await Scene.play { scene in
      let place = try await Place(scene)
      var all = try await place.occupy(from: 24)
      for _ in 0..<Aside.share { all.append(try await place.send(1, from: 24)) }
      #expect(try await place.status(place.send(2, from: 24)) == "503")
      let neighbour = try await place.send(99, from: 25)
      // Those who go make room for others of theirs.
      for one in all.suffix(10) { shutdown(one.descriptor, CInt(SHUT_RDWR)) }
      try await eventually("ten to be missed") {
        place.bombs.told.withLock { $0.ends.count { $0 == 0 } } == 10
      }
      all.removeLast(10)
      let late = try await place.send(3, from: 24)
      place.bombs.open(all.count + 2)
      for one in all + [late, neighbour] { #expect(try await place.status(one) == "200") }
      #expect(!place.bombs.begun.contains(2))
    }
  }

  @Test
  func `what one who has gone has sent is gone too, also while others are at work`() async throws {
    try await Scene.play { scene in
      let made = Mutex(Weak())
      let place = try await Place(scene) { bomb in made.withLock { $0.bomb = bomb } }
      let all = try await place.occupy(from: 26)
      let visitor = try await place.send(1, from: 27)
      #expect(made.withLock { $0.bomb } != nil)
      shutdown(visitor.descriptor, CInt(SHUT_RDWR))
      // The work that waits has the body and this; it has no turn before the threads are free.
      try await eventually("it to be gone") { made.withLock { $0.bomb } == nil }
      #expect(!place.bombs.begun.contains(1))
      place.bombs.open(all.count)
      for one in all { #expect(try await place.status(one) == "200") }
    }
  }

  @Test
  func `a body for the server itself is gone with who sent it, and counts no more`() async throws {
    try await Scene.play { scene in
      let place = try await Place(scene)
      let all = try await place.occupy(from: 28)
      var limits = ServerLimits.edge
      limits.bodiesPerSource = 100 << 10
      let own = try await scene.serve(Served.echo, limits: limits)
      func send() throws -> Visitor {
        let visitor = try Visitor(own.port, from: 29)
        let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 61440\r\n\r\n"
        visitor.say(Array(head.utf8) + [UInt8](repeating: 0, count: 61_440))
        return visitor
      }
      // Of the network's share there is room for one, and this one leaves.
      _ = try send()
      var waiting: Visitor?
      for _ in 0..<20 where waiting == nil {
        let next = try send()
        try await Task.sleep(for: .milliseconds(300))
        // Refused are at once those for whom there is no room.
        if next.read(1_024) == 0 { waiting = next }
      }
      place.bombs.open(all.count)
      #expect(try await place.status(#require(waiting)) == "200")
    }
  }

  @Test
  func `the places of all who have gone are free for anybody`() async throws {
    try await Scene.play { scene in
      let place = try await Place(scene)
      let all = try await place.occupy(from: 30)
      var gone: [Wish] = []
      for network in 0..<(Aside.room / Aside.share) {
        for _ in 0..<Aside.share {
          let wish = Wish {}
          if Aside.run(for: "gone \(network)", .share, wish) { gone.append(wish) }
        }
      }
      // All the room there is, but for what tests beside this one have.
      #expect(gone.count > Aside.room / 2)
      #expect(!Aside.run(for: "late", .share, Wish {}))
      for wish in gone { wish.end() }
      #expect(Aside.run(for: "late", .share, Wish {}))
      place.bombs.open(all.count)
    }
  }

  private struct Weak {
    weak var bomb: Bomb?
  }
}

/// What one call has of the bombs.
private final class Bomb: Transcoder {
  private let bombs: Bombs

  init(of bombs: Bombs) {
    self.bombs = bombs
  }

  var changesRequest: Bool { true }
  var path: String? { nil }
  var contentType: String { "application/proto" }
  var streamFields: [Answer.Field]? { nil }

  func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
    bombs.request(body, upTo: most)
  }

  func changesAnswer(status: Int, length: Int?) -> Bool { false }
  func answer(_ answer: Answer) -> Answer { answer }
  func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
    (flags, payload)
  }
}

/// To whom every message is too long for the loop, and who waits with each.
private final class Bombs: Sendable {
  struct Told {
    /// How many were looked at on the loop.
    var looks = 0
    /// The first bytes of those that were begun, in order.
    var begun: [UInt8] = []
    /// With what status calls ended.
    var ends: [Int] = []
  }

  let told = Mutex(Told())
  private let gate = DispatchSemaphore(value: 0)

  var begun: [UInt8] { told.withLock { $0.begun } }

  func open(_ count: Int) {
    for _ in 0..<count { gate.signal() }
  }

  func request(_ body: [UInt8], upTo most: Int) -> Transcoded {
    guard most == .max else {
      told.withLock { $0.looks += 1 }
      return .longer
    }
    told.withLock { $0.begun += body }
    gate.wait()
    return .body(body)
  }
}
