internal import Gateway
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import Storage
internal import TestSupport
internal import Testing

@Suite
struct OwnMethodTests {
  @Test
  func `WhoAmI says how the gateway sees the caller`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    let user = try await door.issuer.sign(.user("u-1"))
    let fields = ["onedoor-portal-key": key, "onedoor-subject": user]
    #expect(await door.passage(DoorRoom.whoAmI, fields).word == "local")
    let answer = try #require(await door.dispatch(DoorRoom.whoAmI, fields, body: []))
    #expect(answer.status == 200)
    let who = try GatewayV1.WhoAmIResponse.decode(answer.body)
    #expect(who.roles == ["portal"])
    #expect(who.halls == [Room.hall])
    #expect(who.onBehalfOf == "u-1")
    #expect(who.assurance == 3)
    #expect(who.hallNow?.instant == Room.opening)
    #expect(!who.demoClock)
  }

  @Test
  func `WhoAmI answers anybody, and in JSON`() async throws {
    let door = try await DoorRoom()
    let fields = ["content-type": "application/json"]
    let answer = try #require(
      await door.dispatch(DoorRoom.whoAmI, fields, body: Array("{}".utf8))
    )
    #expect(answer.text.contains(#""roles":["public"]"#))
    let token = try await door.issuer.token("hall_manager", "certificate_desk")
    let official = try #require(
      await door.dispatch(DoorRoom.whoAmI, ["authorization": "Bearer \(token)"], body: [])
    )
    let who = try GatewayV1.WhoAmIResponse.decode(official.body)
    #expect(who.roles == ["certificate_desk", "hall_manager"])
  }

  @Test
  func `a whole request is decided anew, whatever its fields say`() async throws {
    let door = try await DoorRoom()
    let list = GatewayV1.GatewayService.listRefusedAttempts.path
    #expect(await door.dispatch(list, [:], body: [])?.status == 403)
    let forged = try TestKeys.keyring("gateway").seal(
      Pass(
        issuer: "gateway",
        subject: "thief",
        roles: [.operator],
        halls: [Room.hall],
        expiresAt: door.room.clock.now.advanced(byMilliseconds: 1_000)
      )
    )
    #expect(await door.dispatch(list, ["onedoor-pass": forged], body: [])?.status == 403)
    let bad = ["authorization": "Bearer x"]
    #expect(await door.dispatch(list, bad, body: [])?.status == 401)
    #expect(await door.dispatch(DoorRoom.track, [:], body: [])?.status == 404)
    let feed = FeedV1.FeedService.getHead.path
    #expect(await door.dispatch(feed, [:], body: [])?.status == 404)
  }

  @Test
  func `the gateway's own methods go on in the caller's trace or begin one`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("operator")
    let list = GatewayV1.GatewayService.listRefusedAttempts.path
    // What fails is reported with its trace.
    door.room.engine.store.close()
    let parents = ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "00-1", ""]
    for parent in parents {
      let fields = ["authorization": "Bearer \(token)", "traceparent": parent]
      let answer = await door.dispatch(list, fields, body: [])
      #expect((answer?.status ?? 0) >= 500)
    }
    let traces = door.room.reports.all.compactMap { report -> TraceContext? in
      if case .fault(_, _, let trace) = report { trace } else { nil }
    }
    #expect(traces.count == 3 && Set(traces.map(\.traceID)).count == 3)
    #expect(traces.first?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(traces.first?.spanID != "00f067aa0ba902b7")
    #expect(traces.map(\.flags) == [0, 1, 1])
  }

  @Test
  func `under a demo clock every answer says so`() async throws {
    let door = try await DoorRoom { $0.demoClock = true }
    #expect(await door.passage("/").answer?.value("onedoor-clock") == "demo")
    #expect(await door.passage(DoorRoom.accept).answer?.value("onedoor-clock") == "demo")
    let forwarding = try #require(await door.passage(DoorRoom.track).forwarding)
    #expect(forwarding.answerFields == [.init("onedoor-clock", "demo")])
    let own = await door.dispatch(DoorRoom.whoAmI, [:], body: [])
    #expect(own?.status == 200)
    #expect(own?.value("onedoor-clock") == "demo")
    let room = try Room(.gateway(demoClock: true))
    let who = try room.call(
      GatewayV1.GatewayService.whoAmI,
      GatewayV1.WhoAmIRequest(),
      as: .anybody
    )
    #expect(who.demoClock)
    let plain = try await DoorRoom()
    #expect(await plain.passage("/").answer?.value("onedoor-clock") == nil)
  }

  // MARK: - ListRefusedAttempts

  private func attempts(
    _ door: DoorRoom,
    size: UInt32 = 0,
    token: String = ""
  ) throws -> GatewayV1.ListRefusedAttemptsResponse {
    try door.room.call(
      GatewayV1.GatewayService.listRefusedAttempts,
      GatewayV1.ListRefusedAttemptsRequest(page: CommonV1.Page(size: size, token: token)),
      as: .operator
    )
  }

  /// docs/rules/door.md, rule D10.
  @Test
  func `refused attempts are counted a minute and then kept`() async throws {
    let door = try await DoorRoom()
    door.room.clock.advance(byMilliseconds: 12_345)
    for _ in 0..<3 { _ = await door.passage(DoorRoom.accept) }
    _ = await door.passage(DoorRoom.track, ["authorization": "Bearer x"])
    _ = await door.passage(DoorRoom.track)
    _ = await door.passage("/nothing")
    _ = await door.passage(DoorRoom.track, ["connect-timeout-ms": "x"])
    door.gateway.step()
    door.room.settle()
    #expect(try attempts(door).attempts.isEmpty)
    door.room.clock.advance(byMilliseconds: 60_000)
    door.gateway.step()
    door.room.settle()
    let kept = try attempts(door).attempts.sorted { $0.reason < $1.reason }
    #expect(kept.map(\.reason) == ["TOKEN_INVALID", "WRONG_ROLE"])
    #expect(kept.map(\.count) == [1, 3])
    #expect(kept.map(\.method) == ["TrackApplication", "AcceptApplication"])
    #expect(kept.allSatisfy { $0.source == DoorRoom.peer })
    #expect(kept.allSatisfy { $0.minute?.instant == Room.opening })
    door.gateway.step(all: true)
    door.room.settle()
    #expect(try attempts(door).attempts.count == 2)
  }

  @Test
  func `before a stop what was counted is kept at once, and added to its minute`() async throws {
    let door = try await DoorRoom()
    for _ in 0..<2 {
      _ = await door.passage(DoorRoom.accept)
      door.gateway.step(all: true)
      door.room.settle()
    }
    #expect(try attempts(door).attempts.map(\.count) == [2])
  }

  /// docs/rules/door.md, rule D10.
  @Test
  func `refused attempts belong to the hall that was named or to the caller's`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("applicant", halls: ["370211"])
    _ = await door.passage(DoorRoom.accept, ["authorization": "Bearer \(token)"])
    _ = await door.passage(DoorRoom.accept, ["onedoor-hall": "370211"])
    _ = await door.passage(DoorRoom.track, ["onedoor-hall": "no hall"])
    door.gateway.step(all: true)
    door.room.settle()
    let rows = try door.room.engine.store.read { snapshot in
      try snapshot.rows(
        "SELECT hall, reason, count FROM refused_attempt ORDER BY hall, reason"
      ) { "\($0.text(0)) \($0.text(1)) \($0.integer(2))" }
    }
    #expect(rows == ["370211 WRONG_ROLE 2", "370212 WRONG_HALL 1"])
  }

  @Test
  func `the list is paged, newest first`() async throws {
    let door = try await DoorRoom()
    for minute in 0..<4 {
      for source in 0..<3 { _ = await door.passage(DoorRoom.accept, peer: "\(minute).\(source)") }
      door.gateway.step(all: true)
      door.room.settle()
      door.room.clock.advance(byMilliseconds: 60_000)
    }
    var seen: [String] = []
    var token = ""
    var pages = 0
    repeat {
      let page = try attempts(door, size: 5, token: token)
      #expect(page.attempts.count <= 5)
      seen += page.attempts.map(\.source)
      token = page.nextPageToken
      pages += 1
    } while !token.isEmpty && pages < 10
    #expect(pages == 3)
    #expect(Set(seen).count == 12)
    #expect(seen.map { $0.prefix(1) } == seen.map { $0.prefix(1) }.sorted(by: >))
    let refused = #expect(throws: Room.Refused.self) { try attempts(door, token: "bm9uc2Vuc2U") }
    #expect(refused?.refusal.violations.map(\.field) == ["page.token"])
  }

  /// docs/rules/door.md, rule D10.
  @Test
  func `a stranger under a thousand names fills a thousand rows a minute and no more`()
    async throws
  {
    let door = try await DoorRoom()
    for source in 0..<1_200 { _ = await door.passage(DoorRoom.accept, peer: "p\(source)") }
    door.gateway.step(all: true)
    door.room.settle()
    let (rows, sum) = try #require(
      try door.room.engine.store.read { snapshot in
        try snapshot.first("SELECT COUNT(*), SUM(count) FROM refused_attempt") {
          ($0.integer(0), $0.integer(1))
        }
      }
    )
    #expect(rows == 1_001)
    #expect(sum == 1_200)
  }

  /// docs/rules/door.md, rule D10.
  @Test
  func `attempts are forgotten after half a year`() async throws {
    let door = try await DoorRoom()
    _ = await door.passage(DoorRoom.accept)
    door.gateway.step(all: true)
    door.room.settle()
    door.room.clock.advance(byMilliseconds: 181 * 86_400_000)
    _ = await door.passage(DoorRoom.accept, peer: "203.0.113.9")
    door.gateway.step(all: true)
    door.room.settle()
    #expect(try attempts(door).attempts.map(\.source) == ["203.0.113.9"])
  }

  static let plans = [
    "SELECT id FROM portal WHERE key_hash = ?",
    "SELECT 1 FROM portal WHERE hall = ? AND name = ?",
    """
    SELECT id FROM refused_attempt WHERE hall = ? AND (minute, id) < (?, ?)
    ORDER BY minute DESC, id DESC LIMIT 50
    """,
    "SELECT id FROM refused_attempt WHERE hall = ? AND minute < ? ORDER BY minute LIMIT 9",
  ]

  @Test(arguments: plans)
  func `no query reads a whole table or sorts`(_ query: String) throws {
    let room = try Room(.gateway(demoClock: false))
    let arguments = Array(repeating: Value.null, count: query.count { $0 == "?" })
    let plan = try room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN " + query, arguments) { $0.text(3) }
    }
    #expect(!plan.isEmpty)
    #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
  }
}
