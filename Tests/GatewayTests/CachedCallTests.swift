internal import Connect
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

/// Which calls the cache answers, and in which form.
@Suite
struct CachedCallTests {
  private static let item = CatalogueV1.CatalogueService.getItem.path
  private static let request = CatalogueV1.GetItemRequest(code: "A")
  private static let json = "encoding=json&message=%7B%22code%22%3A%22A%22%7D"

  private func door(_ change: (inout GatewaySettings) -> Void = { _ in }) async throws -> DoorRoom {
    let door = try await DoorRoom(change)
    door.gateway.cache.hear(head: 10, isFirst: true, now: door.room.clock.now)
    return door
  }

  private func response(_ name: String) -> CatalogueV1.GetItemResponse {
    CatalogueV1.GetItemResponse(item: .init(item: .init(code: "A", name: name), version: 1))
  }

  private func told(_ name: String = "x") -> Answer {
    Answer(
      status: 200,
      fields: [
        .init("content-type", "application/proto"), .init("onedoor-position", "catalogue=10"),
      ],
      body: response(name).encode()
    )
  }

  private func forwarding(
    _ door: DoorRoom,
    _ query: String = json,
    _ fields: [String: String] = [:],
    verb: String = "GET",
    path: String = item
  ) async throws -> Forwarding {
    let target = verb == "POST" ? path : "\(path)?\(query)"
    return try #require(await door.passage(target, fields, verb: verb).forwarding)
  }

  private func look(
    _ door: DoorRoom,
    _ query: String = json,
    _ fields: [String: String] = [:],
    verb: String = "GET",
    request: [UInt8] = request.encode()
  ) async throws -> CacheLook {
    try #require(try await forwarding(door, query, fields, verb: verb).cache).lookUp(request)
  }

  private func hit(
    _ door: DoorRoom,
    _ query: String = json,
    _ fields: [String: String] = [:],
    verb: String = "GET"
  ) async throws -> CacheHit? {
    guard case .hit(let hit) = try await look(door, query, fields, verb: verb) else { return nil }
    return hit
  }

  @discardableResult
  private func fill(
    _ door: DoorRoom,
    _ query: String = json,
    _ fields: [String: String] = [:],
    with answer: Answer? = nil,
    verb: String = "GET"
  ) async throws -> CacheHit? {
    guard case .miss(let miss) = try await look(door, query, fields, verb: verb) else { return nil }
    return miss?.fill(with: answer ?? told())
  }

  // MARK: - Which calls

  @Test
  func `the list says of every method that anybody may ask by GET whether it is kept`() {
    let gettable = Contract.methods.filter { method in
      method.isGettable && method.access?.roles.contains(.public) == true
        && !Routes([method]).paths.isEmpty
    }
    #expect(CachedMethods.kept.isDisjoint(with: CachedMethods.asked))
    #expect(CachedMethods.kept.union(CachedMethods.asked) == Set(gettable.map(\.path)))
    for method in gettable where CachedMethods.kept.contains(method.path) {
      #expect(method.path.hasPrefix("/onedoor.catalogue."))
      #expect(method.access?.own == false)
    }
  }

  @Test
  func `a call of a kept method has a cache, unless it passes as it is`() async throws {
    let door = try await door()
    let post = ["content-type": "application/json"]
    #expect(try await forwarding(door, "", post, verb: "POST").cache != nil)
    let binary = ["content-type": "application/proto"]
    #expect(try await forwarding(door, "", binary, verb: "POST").cache == nil)
    #expect(try await forwarding(door).cache != nil)
    #expect(try await forwarding(door, verb: "HEAD").cache != nil)
    for path in CachedMethods.asked {
      #expect(try await forwarding(door, "encoding=json&message=%7B%7D", path: path).cache == nil)
      #expect(try await forwarding(door, "", post, verb: "POST", path: path).cache == nil)
    }
    let wrong = ["onedoor-at-least": "catalogue=x"]
    #expect(try await forwarding(door, Self.json, wrong).cache == nil)
    let off = try await self.door { $0.limits.cache = 0 }
    #expect(try await forwarding(off).cache == nil)
  }

  @Test
  func `a call from the cache is taken from its caller's limit and counted`() async throws {
    let door = try await door { $0.limits.perSource = CallRate(perSecond: 1, burst: 4) }
    try await fill(door)
    let known = try await forwarding(door)
    #expect(known.ticket?.admitsAnother() == true)
    #expect(known.ticket?.admitsAnother() == true)
    #expect(known.ticket?.admitsAnother() == false)
    #expect(door.gateway.metrics.admitted == ["catalogue": 4])
    #expect(await door.passage("\(Self.item)?\(Self.json)", verb: "GET").word == "RATE_LIMITED")
  }

  // MARK: - Under what

  @Test
  func `answers differ by hall, codec, coding and message, and by nothing else`() async throws {
    let door = try await door()
    try await fill(door)
    let same: [(String, [String: String])] = [
      (Self.json, [:]),
      ("message=%20%7B%20%22code%22:%22A%22%20%7D&encoding=json&connect=v1", [:]),
      (Self.json, ["accept-language": "en"]),
      (Self.json, ["accept-language": "zh", "x-one": "1"]),
      (Self.json, ["connect-timeout-ms": "50"]),
      (Self.json, ["onedoor-hall": Room.hall]),
      (Self.json, ["accept-encoding": "br"]),
      (Self.json, ["authorization": "Bearer \(try await door.issuer.token("clerk"))"]),
      (Self.json, ["onedoor-portal-key": try door.registerPortal()]),
    ]
    for (query, fields) in same {
      #expect(try await hit(door, query, fields) != nil, "\(query) \(fields)")
    }
    // What a GET got serves a POST that asks the same, and only the first is the head's answer.
    let post = ["content-type": "application/json"]
    let posted = try #require(try await hit(door, "", post, verb: "POST"))
    #expect(!posted.answer.isOfHead)
    #expect(try await hit(door)?.answer.isOfHead == true)
    let other: [(String, [String: String])] = [
      (Self.json, ["onedoor-hall": "370211"]),
      (Self.json, ["accept-encoding": "gzip"]),
      ("encoding=proto&base64=1&message=CgFB", [:]),
    ]
    for (query, fields) in other {
      #expect(try await hit(door, query, fields) == nil, "\(query) \(fields)")
    }
    let request = CatalogueV1.GetItemRequest(code: "A", version: 1).encode()
    guard case .miss = try await look(door, request: request) else {
      Issue.record("It is another message.")
      return
    }
  }

  @Test
  func `only whole successes that say nothing else are kept`() async throws {
    let door = try await door()
    var refused = Refusal.notFound("A").answer(.init(prefersEnglish: true, readsJSON: false))
    refused.fields.append(.init("onedoor-position", "catalogue=10"))
    #expect(try await fill(door, with: refused) == nil)
    var personal = told()
    personal.fields.append(.init("set-cookie", "a=b"))
    #expect(try await fill(door, with: personal) == nil)
    var bare = told()
    bare.fields.removeLast()
    #expect(try await fill(door, with: bare) == nil)
    var other = told()
    other.fields[1].value = "intake=10"
    #expect(try await fill(door, with: other) == nil)
    let long = String(repeating: "长", count: AnswerCache.longestBody / 3)
    #expect(try await fill(door, with: told(long)) == nil)
    var broken = told()
    broken.body = [0xFF]
    #expect(try await fill(door, with: broken) == nil)
    #expect(door.gateway.metrics.cache.entries == 0)
    #expect(try await fill(door) != nil)
    let values = door.gateway.metrics.cache
    #expect((values.hits, values.misses, values.entries) == (0, 7, 1))
    #expect(values.bytes > CacheEntry.overhead)
  }

  // MARK: - In which form

  /// The whole answer as a caller sees it.
  private func answer(_ hit: CacheHit) -> Answer {
    Answer(status: hit.answer.head.status, fields: hit.answer.head.fields, body: hit.body)
  }

  static let forms: [(verb: String, fields: [String: String])] = [
    ("GET", [:]),
    ("HEAD", [:]),
    ("GET", ["accept-encoding": "gzip"]),
    ("HEAD", ["accept-encoding": "gzip"]),
    ("GET", ["if-none-match": "*"]),
    ("HEAD", ["if-none-match": "*", "accept-encoding": "gzip"]),
    ("GET", ["if-none-match": "\"other\""]),
    ("GET", ["authorization": "clerk"]),
    ("POST", ["content-type": "application/json"]),
    ("POST", ["content-type": "application/json", "accept-encoding": "gzip"]),
  ]

  @Test(arguments: forms)
  func `a kept answer is what the service's answer would have become`(
    verb: String,
    fields: [String: String]
  ) async throws {
    var fields = fields
    let door = try await door { $0.demoClock = true }
    if fields["authorization"] != nil {
      fields["authorization"] = "Bearer \(try await door.issuer.token("clerk"))"
    }
    for name in ["x", String(repeating: "名", count: 1_000)] {
      door.gateway.cache.hear(head: 10, isFirst: true, now: door.room.clock.now)
      let queries = verb == "POST" ? [""] : [Self.json, "encoding=proto&base64=1&message=CgFB"]
      for query in queries {
        let forwarding = try await forwarding(door, query, fields, verb: verb)
        var expected = try #require(forwarding.transcoder).answer(told(name))
        expected.fields += forwarding.answerFields
        let filled = try #require(
          try await fill(door, query, fields, with: told(name), verb: verb)
        )
        let found = try #require(try await hit(door, query, fields, verb: verb))
        for hit in [filled, found] {
          let length = expected.status == 304 ? -1 : expected.saidLength ?? expected.body.count
          expected.saidLength = nil
          #expect(answer(hit) == expected)
          #expect(hit.answer.length == length)
          #expect(hit.answer.take() == expected.body)
          expected.saidLength = length < 0 ? nil : length
        }
      }
    }
  }
}
