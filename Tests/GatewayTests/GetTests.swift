internal import Connect
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

/// Calls by GET and HEAD, and what the gateway compresses.
@Suite
struct GetTests {
  private static let due = CatalogueV1.CalendarService.computeDue
  private static let request = CatalogueV1.ComputeDueRequest(
    start: "2026-09-14",
    term: CommonV1.Term(amount: 20, unit: .workingDay)
  )
  private static let response = CatalogueV1.ComputeDueResponse(
    due: CommonV1.DueDate(dueOn: "2026-10-16")
  )

  private static var query: String {
    "connect=v1&base64=1&encoding=proto&message="
      + Base64.encode(request.encode(), urlSafe: true, padded: false)
  }

  private static let large = CatalogueV1.ComputeDueResponse(
    due: CommonV1.DueDate(
      dueOn: "2026-10-16",
      days: (0..<400).map { _ in CommonV1.ExplainedDay(day: "2026-09-14", counted: true) }
    )
  )

  private func transcoder(
    _ verb: String,
    _ query: String,
    _ fields: [String: String] = [:],
    in door: DoorRoom
  ) async throws -> any Transcoder {
    let path = query.isEmpty ? Self.due.path : "\(Self.due.path)?\(query)"
    return try #require(await door.passage(path, fields, verb: verb).forwarding?.transcoder)
  }

  private func success(_ message: some Message) -> Answer {
    Answer(
      status: 200,
      fields: [.init("content-type", "application/proto"), .init("onedoor-position", "a=1")],
      body: message.encode()
    )
  }

  @Test
  func `a GET becomes the POST that services speak`() async throws {
    let door = try await DoorRoom()
    let json = String(decoding: Self.request.encodeJSON(), as: UTF8.self)
      .replacing("\"", with: "%22")
    for query in [Self.query, "message=\(json)&encoding=json"] {
      let transcoder = try await transcoder("GET", query, in: door)
      #expect(transcoder.changesRequest)
      #expect(transcoder.path == Self.due.path)
      #expect(transcoder.contentType == "application/proto")
      guard case .body(let body) = transcoder.request([], encoding: nil) else {
        Issue.record("The request is whole.")
        return
      }
      #expect(body == Self.request.encode())
    }
  }

  @Test
  func `a compressed message is unpacked`() async throws {
    let door = try await DoorRoom()
    let packed = Base64.encode(Gzip.compress(Self.request.encode()), urlSafe: true)
    let query = "encoding=proto&compression=gzip&base64=1&message=\(packed)"
    guard
      case .body(let body) = try await transcoder("GET", query, in: door)
        .request([], encoding: nil)
    else {
      Issue.record("The request is whole.")
      return
    }
    #expect(body == Self.request.encode())
    let unknown = try await transcoder(
      "GET",
      "encoding=proto&compression=br&message=x",
      in: door
    )
    guard case .refused(let answer) = unknown.request([], encoding: nil) else {
      Issue.record("The coding is not known.")
      return
    }
    #expect(answer.status == 501)
    #expect(answer.text.contains("identity, gzip"))
    #expect(answer.value("cache-control") == "no-store")
  }

  @Test
  func `a small query that is a long message is not read where it is looked at`() async throws {
    let door = try await DoorRoom()
    let most = 32 << 10
    for (blanks, isLong) in [(most - 2, false), (most - 1, true), (4 << 20, true)] {
      let message = Array("{}".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: blanks)
      let packed = Base64.encode(Gzip.compress(message), urlSafe: true)
      #expect(packed.utf8.count < 12_000)
      let query = "encoding=json&compression=gzip&base64=1&message=\(packed)"
      let transcoder = try await transcoder("GET", query, in: door)
      let counted = door.gateway.counts.now.refused
      guard case .longer = transcoder.request([], encoding: nil, upTo: most) else {
        #expect(!isLong)
        continue
      }
      #expect(isLong)
      // Nobody has been refused yet.
      #expect(door.gateway.counts.now.refused == counted)
      guard case .refused(let answer) = transcoder.request([], encoding: nil) else {
        Issue.record("An empty message lacks what the method requires.")
        continue
      }
      #expect(answer.status == (blanks < 4 << 20 ? 400 : 429))
    }
  }

  static let refused = TextTable(
    columns: 3,
    """
    GET    -                                        INVALID_FIELDS
    GET    message=x                                INVALID_FIELDS
    GET    encoding=json                            INVALID_FIELDS
    GET    connect=v2&encoding=json&message={}      INVALID_FIELDS
    GET    encoding=xml&message=x                   415
    HEAD   encoding=json                            INVALID_FIELDS
    PUT    -                                        405
    DELETE -                                        405
    """
  )

  @Test(arguments: refused.rows)
  func `a query that is not whole is refused`(row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    let path = row.columns[1] == "-" ? Self.due.path : "\(Self.due.path)?\(row.columns[1])"
    let passage = await door.passage(path, verb: row.columns[0])
    #expect(passage.word == row.columns[2])
    if row.columns[2] == "405" { #expect(passage.answer?.value("allow") == "GET, HEAD, POST") }
    if row.columns[0] == "HEAD" { #expect(passage.answer?.body == []) }
    if row.columns[0] != "PUT", row.columns[2] == "INVALID_FIELDS" {
      #expect(passage.answer?.value("cache-control") == "no-store")
    }
  }

  @Test
  func `only methods whose rule says so are reached by GET`() async throws {
    let door = try await DoorRoom()
    for method in Contract.methods where Routes([method]).paths == [method.path] {
      let path = "\(method.path)?\(Self.query)"
      let word = await door.passage(path, verb: "GET").word
      #expect((word == "405") == !method.isGettable, "\(method.path): \(word)")
      if method.isGettable { #expect(method.access?.roles.contains(.public) == true) }
    }
  }

  @Test
  func `a GET is taken from its caller's limit like a POST`() async throws {
    let door = try await DoorRoom { $0.limits.perSource = CallRate(perSecond: 1, burst: 3) }
    var words: [String] = []
    for verb in ["GET", "POST", "GET", "GET", "POST"] {
      let path = verb == "GET" ? "\(Self.due.path)?\(Self.query)" : Self.due.path
      words.append(await door.passage(path, verb: verb).word)
    }
    #expect(
      words == ["->catalogue", "->catalogue", "->catalogue", "RATE_LIMITED", "RATE_LIMITED"]
    )
  }

  @Test
  func `the answer has a strong tag of its bytes and their coding`() async throws {
    let door = try await DoorRoom()
    let small = try await transcoder("GET", Self.query, in: door).answer(success(Self.response))
    let tag = try #require(small.value("etag"))
    #expect(tag.wholeMatch(of: #/"[0-9a-f]{32}"/#) != nil)
    #expect(small.value("cache-control") == "public, no-cache")
    #expect(small.value("vary") == "Accept-Encoding, Onedoor-Hall")
    #expect(small.body == Self.response.encode())
    let again = try await transcoder(
      "GET",
      Self.query,
      ["if-none-match": "\"x\", W/\(tag)"],
      in: door
    )
    .answer(success(Self.response))
    #expect(again.status == 304)
    #expect(again.body == [])
    #expect(again.value("etag") == tag)
    #expect(again.value("content-type") == nil)
    #expect(again.value("onedoor-position") == "a=1")
    let changed = try await transcoder("GET", Self.query, ["if-none-match": tag], in: door)
      .answer(success(Self.large))
    #expect(changed.status == 200)
    #expect(changed.value("etag") != tag)
    let any = try await transcoder("GET", Self.query, ["if-none-match": "*"], in: door)
    #expect(any.answer(success(Self.response)).status == 304)
    let failed = any.answer(
      Refusal.notFound("x").answer(.init(prefersEnglish: true, readsJSON: false))
    )
    #expect(failed.status == 404)
    #expect(failed.value("etag") == nil)
    #expect(failed.value("cache-control") == "no-store")
  }

  @Test
  func `who shows credentials gets an answer of their own`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("clerk")
    let fields = ["authorization": "Bearer \(token)"]
    let answer = try await transcoder("GET", Self.query, fields, in: door)
      .answer(success(Self.response))
    #expect(answer.value("cache-control") == "private, no-cache")
    #expect(answer.value("vary") == "Accept-Encoding, Onedoor-Hall, Authorization")
  }

  @Test
  func `HEAD says what GET says and sends nothing`() async throws {
    let door = try await DoorRoom()
    let fields = ["accept-encoding": "gzip"]
    let get = try await transcoder("GET", Self.query, fields, in: door)
      .answer(success(Self.large))
    let head = try await transcoder("HEAD", Self.query, fields, in: door)
      .answer(success(Self.large))
    #expect(head.fields == get.fields)
    #expect(head.body == [])
    #expect(head.saidLength == get.body.count)
    // Whoever sends it takes the body away once more.
    #expect(head.withoutBody == head)
  }

  @Test
  func `long answers are compressed for who takes it`() async throws {
    let door = try await DoorRoom()
    for (type, plain) in [
      ("application/proto", Self.large.encode()), ("application/json", Self.large.encodeJSON()),
    ] {
      let fields = ["content-type": type, "accept-encoding": "br, gzip;q=0.5"]
      let transcoder = try await transcoder("POST", "", fields, in: door)
      #expect(transcoder.changesAnswer(status: 200, length: plain.count))
      let answer = transcoder.answer(success(Self.large))
      #expect(answer.value("content-encoding") == "gzip")
      #expect(answer.body.count < plain.count / 4)
      #expect(try Gzip.decompress(answer.body, limit: 1 << 20) == plain)
      let small = transcoder.answer(success(Self.response))
      #expect(small.value("content-encoding") == nil)
    }
    let refusing = ["content-type": "application/json", "accept-encoding": "gzip;q=0"]
    let plain = try await transcoder("POST", "", refusing, in: door)
      .answer(success(Self.large))
    #expect(plain.body == Self.large.encodeJSON())
  }

  @Test
  func `what is short and binary is not even looked at`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder("POST", "", ["accept-encoding": "gzip"], in: door)
    #expect(!transcoder.changesRequest)
    #expect(!transcoder.changesAnswer(status: 200, length: ContentCoding.compressedFrom - 1))
    #expect(transcoder.changesAnswer(status: 200, length: ContentCoding.compressedFrom))
    #expect(await door.passage(Self.due.path).forwarding?.transcoder == nil)
  }

  @Test
  func `a compressed binary request is unpacked at the door`() async throws {
    let door = try await DoorRoom()
    let fields = ["content-encoding": "gzip"]
    let transcoder = try await transcoder("POST", "", fields, in: door)
    let packed = Gzip.compress(Self.request.encode())
    guard case .body(let body) = transcoder.request(packed, encoding: "gzip") else {
      Issue.record("The request is whole.")
      return
    }
    #expect(body == Self.request.encode())
    for coding in ["gzip, gzip", "br", "deflate"] {
      guard case .refused(let answer) = transcoder.request(packed, encoding: coding) else {
        Issue.record("\(coding) is not supported.")
        continue
      }
      #expect(answer.status == 501)
      #expect(answer.text.contains("identity, gzip"))
    }
  }

  @Test(arguments: ["proto", "json"])
  func `long messages of a stream are compressed one by one`(codec: String) async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("consumer")
    let fields = [
      "authorization": "Bearer \(token)", "content-type": "application/connect+\(codec)",
      "connect-accept-encoding": "gzip",
    ]
    let transcoder = try #require(
      await door.passage(DoorRoom.follow, fields).forwarding?.transcoder
    )
    #expect(transcoder.streamFields?.last == .init("connect-content-encoding", "gzip"))
    let short = MonitoringV1.FollowAlertsResponse(cursor: "c")
    let long = MonitoringV1.FollowAlertsResponse(cursor: String(repeating: "c", count: 5_000))
    #expect(transcoder.envelope(0, short.encode()).flags == 0)
    let (flags, packed) = transcoder.envelope(0, long.encode())
    #expect(flags == 1)
    let plain = try Gzip.decompress(packed, limit: 1 << 20)
    let read =
      codec == "json"
      ? try MonitoringV1.FollowAlertsResponse.decode(json: plain)
      : try MonitoringV1.FollowAlertsResponse.decode(plain)
    #expect(read == long)
    #expect(transcoder.envelope(2, Array("{}".utf8)) == (2, Array("{}".utf8)))
  }

  @Test
  func `the gateway's own answers are compressed too`() async throws {
    let door = try await DoorRoom()
    let fields = ["accept-encoding": "gzip", "content-type": "application/json"]
    let answer = await door.dispatch(DoorRoom.whoAmI, fields, body: Array("{}".utf8))
    #expect(answer?.status == 200)
    #expect(answer?.value("content-encoding") == nil)
  }
}
