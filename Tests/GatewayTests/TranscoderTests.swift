internal import Connect
internal import Messages
internal import Service
internal import Simulation
internal import Testing

@testable internal import Gateway

@Suite
struct TranscoderTests {
  private static let due = CatalogueV1.CalendarService.computeDue

  private func transcoder(
    _ path: String,
    _ fields: [String: String] = [:],
    in door: DoorRoom
  ) async throws -> any Transcoder {
    let all = ["content-type": "application/json"].merging(fields) { $1 }
    return try #require(await door.passage(path, all).forwarding?.transcoder)
  }

  private func bytes(_ transcoded: Transcoded) -> [UInt8]? {
    if case .body(let bytes) = transcoded { bytes } else { nil }
  }

  private func answer(_ transcoded: Transcoded) -> Answer? {
    if case .refused(let answer) = transcoded { answer } else { nil }
  }

  @Test
  func `binary passes as it is`() async throws {
    let door = try await DoorRoom()
    #expect(await door.passage(Self.due.path).forwarding?.transcoder == nil)
  }

  @Test
  func `the JSON of a request becomes its binary form`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    #expect(transcoder.contentType == "application/proto")
    let request = CatalogueV1.ComputeDueRequest(
      start: "2026-09-14",
      term: CommonV1.Term(amount: 20, unit: .workingDay)
    )
    let body = try #require(bytes(transcoder.request(request.encodeJSON(), encoding: nil)))
    #expect(try CatalogueV1.ComputeDueRequest.decode(body) == request)
    let packed = Gzip.compress(request.encodeJSON())
    #expect(bytes(transcoder.request(packed, encoding: "gzip")) == request.encode())
  }

  /// docs/rules/door.md, rule D11.
  @Test
  func `a long name of a member does not come back several times`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let body = Array("{\"".utf8) + [UInt8](repeating: 0x6B, count: 4_000_000) + Array("\":1}".utf8)
    let refused = try #require(answer(transcoder.request(body, encoding: nil)))
    #expect(refused.value("onedoor-reason") == "INVALID_FIELDS")
    #expect(refused.body.count < 4_096)
  }

  /// For calls of a method in JSON.
  private func transcoder(of method: MethodInfo, _ counts: GatewayCounts) -> EdgeTranscoder {
    let head = RequestHead(
      verb: "POST",
      path: method.path,
      fields: TestFields(values: [:]),
      peer: DoorRoom.peer
    )
    return EdgeTranscoder(
      method: method,
      form: CallForm(ContentType(.json), head),
      limit: 4 << 20,
      audience: Audience(prefersEnglish: true, readsJSON: true),
      counts: counts,
      shared: SharedEnvelopes()
    )
  }

  @Test
  func `every request of the contract survives the way through JSON`() async throws {
    let counts = GatewayCounts()
    for method in Contract.methods where method.kind != .stream {
      let transcoder = transcoder(of: method, counts)
      let answer = transcoder.answer(
        Answer(status: 200, fields: [.init("content-type", "application/proto")])
      )
      #expect(answer.text == "{}")
      #expect(answer.fields == [.init("content-type", "application/json")])
      // The empty request is whole or names what is missing; it is never a fault of ours.
      if case .refused(let refused) = transcoder.request(Array("{}".utf8), encoding: nil) {
        #expect(refused.value("onedoor-reason") == "INVALID_FIELDS", "\(method.path)")
      }
    }
  }

  /// docs/rules/door.md, rule D11.
  @Test
  func `all violations are named at once, before a service is asked`() async throws {
    let door = try await DoorRoom()
    let fields = ["authorization": "Bearer \(try await door.issuer.token("clerk"))"]
    let transcoder = try await transcoder(
      IntakeV1.IntakeService.acceptApplication.path,
      fields,
      in: door
    )
    let types = try #require(
      answer(transcoder.request(Array(#"{"a":1,"b":2,"expectedRevision":[]}"#.utf8), encoding: nil))
    )
    #expect(types.status == 400)
    #expect(types.text.contains(#""reason":"UNKNOWN_FIELD""#))
    #expect(types.text.contains(#""field":"a""#))
    #expect(types.text.contains(#""field":"b""#))
    #expect(types.text.contains(#""field":"expected_revision""#))
    let rules = try #require(answer(transcoder.request(Array("{}".utf8), encoding: nil)))
    #expect(rules.text.contains(#""reason":"REQUIRED""#))
    #expect(door.gateway.metrics.refused["INVALID_FIELDS"] == 2)
  }

  /// docs/rules/door.md, rule D11.
  @Test
  func `what a service checks further is left to it, so that it can tell all`() throws {
    let counts = GatewayCounts()
    let gateway = Definition.gateway(demoClock: false).registry.furtherPaths
    let catalogue = FurtherChecks.paths.filter { $0.contains("catalogue") }
    #expect(FurtherChecks.paths == catalogue.union(gateway))
    for method in Contract.methods where FurtherChecks.paths.contains(method.path) {
      let transcoder = transcoder(of: method, counts)
      // It breaks rules, but can be read.
      #expect(bytes(transcoder.request(Array("{}".utf8), encoding: nil)) == [])
      let types = answer(transcoder.request(Array(#"{"a":1}"#.utf8), encoding: nil))
      #expect(types?.text.contains(#""reason":"UNKNOWN_FIELD""#) == true)
    }
  }

  @Test
  func `rules that only the law knows are checked here too`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let refused = try #require(
      answer(transcoder.request(Array(#"{"start":"2026-02-30"}"#.utf8), encoding: nil))
    )
    #expect(refused.text.contains(#""field":"start""#))
  }

  @Test(arguments: [
    ("", nil, "MALFORMED"), ("nothing", nil, "MALFORMED"), ("{", nil, "MALFORMED"),
    (String(repeating: "[", count: 200), nil, "TOO_DEEP"), ("{}", "br", "UNKNOWN_CODING"),
    ("{}", "gzip", "BAD_COMPRESSION"),
  ])
  func `what is no JSON is refused by name`(
    _ body: String,
    _ coding: String?,
    _ reason: String
  ) async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let refused = answer(transcoder.request(Array(body.utf8), encoding: coding))
    #expect(refused?.value("onedoor-reason") == reason)
    #expect(refused?.value("content-type") == "application/json")
  }

  @Test
  func `a body that grows beyond the limit is refused`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let packed = Gzip.compress([UInt8](repeating: 0x20, count: 4 << 20 + 1))
    let refused = answer(transcoder.request(packed, encoding: "gzip"))
    #expect(refused?.status == 429)
    #expect(refused?.value("onedoor-reason") == "TOO_LARGE")
  }

  @Test
  func `an answer becomes JSON and keeps its fields`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let response = CatalogueV1.ComputeDueResponse(due: CommonV1.DueDate(dueOn: "2026-10-16"))
    let answer = transcoder.answer(
      Answer(
        status: 200,
        fields: [
          .init("content-type", "application/proto"), .init("onedoor-position", "catalogue=7"),
        ],
        body: response.encode()
      )
    )
    #expect(answer.text == #"{"due":{"dueOn":"2026-10-16"}}"#)
    #expect(answer.value("content-type") == "application/json")
    #expect(answer.value("onedoor-position") == "catalogue=7")
    let broken = transcoder.answer(Answer(status: 200, body: [0xFF]))
    #expect(broken.status == 500)
  }

  @Test
  func `an error of a service gains its details in the clear`() async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let refusal = Refusal.staleRevision("X", current: 7)
    let binary = refusal.answer(Audience(prefersEnglish: true, readsJSON: false))
    let json = refusal.answer(Audience(prefersEnglish: true, readsJSON: true))
    #expect(!binary.text.contains("debug"))
    #expect(json.text.contains(#""debug":{"reason":"STALE_REVISION""#))
    #expect(transcoder.answer(binary) == json)
    #expect(transcoder.answer(json) == json)
  }

  @Test(arguments: [
    "", "no JSON", "[]", #"{"code":"unavailable","message":"x"}"#,
    #"{"code":"not_found","message":"x","details":[{"type":"a.B","value":"AA"}]}"#,
    #"{"code":"strange","message":"x","details":[]}"#,
  ])
  func `an error that says nothing more passes as it came`(_ body: String) async throws {
    let door = try await DoorRoom()
    let transcoder = try await transcoder(Self.due.path, in: door)
    let answer = Answer(status: 503, body: Array(body.utf8))
    #expect(transcoder.answer(answer) == answer)
  }

  @Test
  func `a stream goes through JSON envelope by envelope`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("consumer")
    let fields = [
      "authorization": "Bearer \(token)", "content-type": "application/connect+json",
    ]
    let transcoder = try await transcoder(DoorRoom.follow, fields, in: door)
    #expect(transcoder.contentType == "application/connect+proto")
    #expect(transcoder.streamFields == [.init("content-type", "application/connect+json")])
    let request = Envelope(payload: Array("{}".utf8)).bytes
    #expect(bytes(transcoder.request(request, encoding: nil)) == Envelope(payload: []).bytes)
    #expect(transcoder.envelope(0, []) == (0, Array("{}".utf8)))
    #expect(transcoder.envelope(0, [0xFF]) == (0, Array("{}".utf8)))
  }

  @Test
  func `the refusal of a stream travels in its last envelope`() async throws {
    let door = try await DoorRoom()
    let type = "application/connect+json"
    let token = try await door.issuer.token("consumer")
    let fields = ["authorization": "Bearer \(token)", "content-type": type]
    let transcoder = try await transcoder(DoorRoom.follow, fields, in: door)
    let none = try #require(answer(transcoder.request([], encoding: nil)))
    let stranger = try #require(
      await door.passage(DoorRoom.follow, ["content-type": type]).answer
    )
    for (answer, code) in [(none, "unimplemented"), (stranger, "permission_denied")] {
      #expect(answer.status == 200)
      #expect(answer.value("content-type") == type)
      var reader = EnvelopeReader(limit: 1 << 20)
      reader.append(answer.body)
      let envelope = try #require(try reader.next())
      #expect(envelope.flags == .endOfStream)
      let text = String(decoding: envelope.payload, as: UTF8.self)
      #expect(text.hasPrefix(#"{"error":{"code":"\#(code)""#))
      #expect(text.contains("debug"))
    }
  }
}
