internal import Connect
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway
@testable internal import Messages

@Suite
struct RoutesTests {
  static let digest = String(repeating: "0a", count: 32)

  /// Paths without `onedoor.` and `v1.`, types without `application/`.
  static let table = TextTable(
    columns: 4,
    """
    POST /intake.IntakeService/TrackApplication   proto                ->intake      # public
    POST /intake.IntakeService/TrackApplication?x=1 json             ->intake      # a query
    POST /intake.IntakeService/TrackApplication   JSON;charset=utf-8   ->intake      # parameters
    POST /catalogue.CalendarService/ComputeDue    proto                ->catalogue   # another
    POST /gateway.GatewayService/WhoAmI           proto                local         # own
    POST /intake.IntakeService/Nothing            proto                UNIMPLEMENTED # no method
    POST /nothing.NothingService/Nothing          proto                404           # no service
    POST /feed.FeedService/Follow                 connect+proto        404           # feeds stay in
    POST /feed.FeedService/Nothing                proto                404           # even unknown
    POST /probe.ProbeService/EchoRead             proto                404           # for tests
    POST /                                        proto                404           # nothing
    POST /intake.IntakeService                    proto                404           # no method
    POST //intake.IntakeService/TrackApplication  proto                404           # not clean
    GET  /intake.IntakeService/TrackApplication   proto                405           # verb
    GET  /catalogue.CalendarService/ComputeDue    proto                INVALID_FIELDS # no query
    POST /intake.IntakeService/TrackApplication   text/plain           415           # type
    POST /intake.IntakeService/TrackApplication   connect+json         415 # stream for unary
    POST /monitoring.AlertService/FollowAlerts    json                 415 # unary for stream
    """
  )

  /// docs/rules/door.md, rule D3.
  @Test(arguments: table.rows)
  func `a path leads where the table says`(_ row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    let parts = row.columns[1].split(separator: ".", maxSplits: 1)
    let path =
      parts.count == 2 && parts[0].hasPrefix("/")
      ? "/onedoor.\(parts[0].dropFirst()).v1.\(parts[1])" : row.columns[1]
    let type = row.columns[2].contains("/") ? row.columns[2] : "application/" + row.columns[2]
    let passage = await door.passage(
      path,
      ["content-type": type],
      verb: row.columns[0]
    )
    #expect(passage.word == row.columns[3])
  }

  @Test
  func `a 405 names the verb and a 415 names the types`() async throws {
    let door = try await DoorRoom()
    #expect(await door.passage(DoorRoom.track, verb: "GET").answer?.value("allow") == "POST")
    let unary = await door.passage(DoorRoom.track, ["content-type": "text/html"])
    #expect(unary.answer?.value("accept-post") == "application/proto, application/json")
    let stream = await door.passage(DoorRoom.follow, ["content-type": "text/html"])
    #expect(
      stream.answer?.value("accept-post")
        == "application/connect+proto, application/connect+json"
    )
    #expect(stream.answer?.body.isEmpty == true)
  }

  /// docs/rules/door.md, rule D3.
  @Test
  func `an unknown method of a known service is a JSON error`() async throws {
    let door = try await DoorRoom()
    let answer = try #require(
      await door.passage("/onedoor.intake.v1.IntakeService/Nothing").answer
    )
    #expect(answer.status == 501)
    #expect(answer.text.contains(#""code":"unimplemented""#))
  }

  /// docs/rules/door.md, rule D3.
  @Test
  func `every method with a rule for outside has a route, and no other`() {
    let open = Contract.methods.filter { method in
      let roles = Set(method.access?.roles ?? []).subtracting([.service])
      return !roles.isEmpty && !method.service.hasPrefix("onedoor.probe.")
    }
    #expect(Routes(Contract.methods).paths == open.map(\.path).sorted())
    #expect(!open.isEmpty)
    #expect(!open.contains { $0.service.contains("feed") })
  }

  /// docs/rules/door.md, rule D3.
  @Test
  func `a method without a rule for outside is not even known`() {
    let track = IntakeV1.IntakeService.trackApplication.info
    func method(_ name: String, _ access: AccessV1.Access?) -> MethodInfo {
      MethodInfo(
        path: "/\(track.service)/\(name)",
        service: track.service,
        name: name,
        kind: .read,
        hasNoSideEffects: true,
        access: access,
        request: track.request,
        response: track.response
      )
    }
    let routes = Routes([
      track, method("Secret", nil), method("Nobody", AccessV1.Access()),
      method("Inner", AccessV1.Access(roles: [.service])),
      method("Both", AccessV1.Access(roles: [.service, .clerk])),
    ])
    #expect(routes.paths == ["/\(track.service)/Both", track.path])
    for name in ["Secret", "Nobody", "Inner"] {
      guard case .nowhere = routes.destination(of: "/\(track.service)/\(name)?x") else {
        Issue.record("\(name) leads somewhere.")
        continue
      }
    }
    guard case .unimplemented = routes.destination(of: "/\(track.service)/Other") else {
      Issue.record("Of a known service a missing method is named.")
      return
    }
  }

  static let materials = TextTable(
    columns: 4,
    """
    PUT    applicant 0 ->intake
    PUT    clerk     0 ->intake
    PUT    handler   0 WRONG_ROLE
    GET    handler   0 ->intake
    GET    consumer  0 WRONG_ROLE
    POST   applicant 0 405
    DELETE applicant 0 405
    PUT    applicant 1 404   # not a digest
    """
  )

  /// docs/rules/door.md, rule D3.
  @Test(arguments: materials.rows)
  func `materials have routes of their own`(_ row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token(row.columns[1])
    let path =
      "/materials/" + (row.columns[2] == "0" ? Self.digest : "0A" + Self.digest.dropFirst(2))
    let passage = await door.passage(
      path,
      ["authorization": "Bearer \(token)", "content-type": "application/pdf"],
      verb: row.columns[0]
    )
    #expect(passage.word == row.columns[3])
  }

  /// docs/rules/door.md, rule D9.
  @Test
  func `a material goes on with pass and hall, up to 64 MiB, as it is`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("applicant")
    let passage = await door.passage(
      "/materials/\(Self.digest)",
      ["authorization": "Bearer \(token)"],
      verb: "PUT"
    )
    let forwarding = try #require(passage.forwarding)
    #expect(forwarding.bodyLimit == 64 << 20)
    #expect(forwarding.transcoder == nil)
    #expect(forwarding.value("onedoor-hall") == Room.hall)
    #expect(forwarding.value("connect-timeout-ms") == nil)
    #expect(try door.pass(of: passage)?.subject == "zhang")
    let anybody = await door.passage("/materials/\(Self.digest)", verb: "PUT")
    #expect(anybody.word == "WRONG_ROLE")
  }
}
