import HTTP2
import Host
import Service
import Synchronization
import Testing

/// How a door answers from a cache, whoever keeps it.
@Suite(.timeLimit(.minutes(1)))
struct CachingTests {
  /// Keeps the last answer until it is told to forget it, and counts what it is asked.
  final class Keeping: CallCache, CacheMiss, CachedAnswer {
    struct Counts: Hashable {
      var looks = 0
      var fills = 0
      var takes = 0
    }

    let isOfHead: Bool
    let head = AnswerHead(status: 200, fields: [Answer.Field("x-from", "cache")])
    let length = 3
    let body = Mutex<[UInt8]?>(nil)
    let counts = Mutex(Counts())
    let mayFill = Mutex(true)

    init(isOfHead: Bool) {
      self.isOfHead = isOfHead
    }

    var now: Counts { counts.withLock { $0 } }

    func lookUp(_ request: [UInt8]) -> CacheLook {
      counts.withLock { $0.looks += 1 }
      guard request == [42], let body = body.withLock({ $0 }) else { return .miss(self) }
      return .hit(CacheHit(answer: self, body: body))
    }

    func fill(with answer: Answer) -> CacheHit? {
      counts.withLock { $0.fills += 1 }
      guard mayFill.withLock({ $0 }) else { return nil }
      body.withLock { $0 = answer.body + [1, 2] }
      return CacheHit(answer: self, body: answer.body + [1, 2])
    }

    func take() -> [UInt8]? {
      counts.withLock { $0.takes += 1 }
      return body.withLock { $0 }
    }
  }

  /// Makes a POST of one byte of every call, whatever its body, and marks what comes back.
  private struct Asking: Transcoder {
    var changesRequest: Bool { true }
    var path: String? { "/asked" }
    var contentType: String { "application/proto" }
    var streamFields: [Answer.Field]? { nil }

    func changesAnswer(status: Int, length: Int?) -> Bool { true }
    func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
      .body([42])
    }

    func answer(_ answer: Answer) -> Answer {
      Answer(status: answer.status, fields: [.init("x-from", "service")], body: answer.body)
    }

    func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
      (flags, payload)
    }
  }

  private struct Door {
    let keeping: Keeping
    let pad = KnownHeadTests.Pad()
    let ends = Ends()

    init(isOfHead: Bool = true) {
      keeping = Keeping(isOfHead: isOfHead)
    }

    var decided: Decided {
      Decided { [keeping, pad, ends] _ in
        .forward(
          Forwarding(
            upstream: "echo",
            set: [],
            bodyLimit: 100,
            transcoder: Asking(),
            finished: { ends.note($0) },
            ticket: pad,
            cache: keeping
          )
        )
      }
    }
  }

  final class Ends: Sendable {
    let all = Mutex<[Int]>([])
    func note(_ status: Int) { all.withLock { $0.append(status) } }
  }

  private func get(_ value: String = "") -> HeaderList {
    var head = HeaderList(method: "GET", scheme: "http", authority: "test", path: "/p?q")
    if !value.isEmpty { head.append("x-one", value) }
    return head
  }

  @Test
  func `the service is asked once, and then nobody for calls with the same head`() async throws {
    try await Scene.play { scene in
      let door = Door()
      let (_, client) = try await scene.door(door.decided)
      for number in 1...5 {
        let answer = try await client.send(get())
        #expect(answer.status == 200)
        #expect(answer.fields.string(of: "x-from") == "cache")
        #expect(answer.fields.string(of: "content-length") == "3")
        #expect(answer.body == [42, 1, 2])
        #expect(door.keeping.now == .init(looks: 1, fills: 1, takes: number - 1))
      }
      #expect(door.pad.asked.withLock { $0 } == 4)
      // Another head is looked up, and finds the same.
      #expect(try await client.send(get("a")).body == [42, 1, 2])
      #expect(door.keeping.now == .init(looks: 2, fills: 1, takes: 4))
      // The end is told behind the last byte, which the caller may see first.
      try await eventually("six ends") { door.ends.all.withLock { $0.count } >= 6 }
      #expect(door.ends.all.withLock { $0 } == [Int](repeating: 200, count: 6))
    }
  }

  @Test
  func `an answer that is not the head's own is looked up by each call's body`() async throws {
    try await Scene.play { scene in
      let door = Door(isOfHead: false)
      let (_, client) = try await scene.door(door.decided)
      for number in 1...5 {
        let answer = try await client.send(post("/p"), body: [UInt8(number)])
        #expect(answer.fields.string(of: "x-from") == "cache")
        #expect(answer.body == [42, 1, 2])
        #expect(door.keeping.now == .init(looks: number, fills: 1, takes: 0))
      }
    }
  }

  @Test
  func `what holds no longer is asked for again`() async throws {
    try await Scene.play { scene in
      let door = Door()
      let (_, client) = try await scene.door(door.decided)
      for _ in 1...2 { #expect(try await client.send(get()).body == [42, 1, 2]) }
      door.keeping.body.withLock { $0 = nil }
      door.keeping.mayFill.withLock { $0 = false }
      for _ in 1...2 {
        let answer = try await client.send(get())
        #expect(answer.fields.string(of: "x-from") == "service")
        #expect(answer.body == [42])
      }
      #expect(door.keeping.now == .init(looks: 3, fills: 3, takes: 3))
      door.keeping.mayFill.withLock { $0 = true }
      for _ in 1...2 { #expect(try await client.send(get()).body == [42, 1, 2]) }
      #expect(door.keeping.now == .init(looks: 4, fills: 4, takes: 5))
      // Each of the five calls behind the first was let in once.
      #expect(door.pad.asked.withLock { $0 } == 5)
    }
  }

  @Test
  func `nobody whom the ticket refuses is answered`() async throws {
    try await Scene.play { scene in
      let door = Door()
      let refuses = Mutex(false)
      let open = door.decided
      let (_, client) = try await scene.door(
        Decided { head in
          refuses.withLock { $0 } ? .answer(Answer(status: 429)) : open.decide(head)
        }
      )
      for _ in 1...2 { #expect(try await client.send(get()).status == 200) }
      refuses.withLock { $0 = true }
      door.pad.isValid.withLock { $0 = false }
      #expect(try await client.send(get()).status == 429)
      #expect(door.keeping.now.takes == 1)
    }
  }

  @Test
  func `a body that comes with a GET is taken and means nothing`() async throws {
    try await Scene.play { scene in
      let door = Door()
      let (_, client) = try await scene.door(door.decided)
      for length in [0, 50, 50, 0] {
        let answer = try await client.send(get(), body: bytes(length))
        #expect(answer.body == [42, 1, 2])
      }
      #expect(try await client.send(get(), body: bytes(101)).status == 413)
      #expect(door.keeping.now.fills == 1)
    }
  }

  @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
  func `curl gets the same in each version of HTTP`(version: String) async throws {
    try await Scene.play { scene in
      let door = Door()
      let (server, _) = try await scene.door(door.decided)
      for number in 1...3 {
        let text = try await curl(server, version, "-i", "-H", "x-one: \(number % 2)")
        #expect(text.contains("x-from: cache"))
        #expect(text.contains("content-length: 3"))
        #expect(text.hasSuffix("*\u{1}\u{2}"))
      }
      #expect(door.keeping.now.fills == 1)
      #expect(door.keeping.now.looks + door.keeping.now.takes == 3)
    }
  }
}
