internal import Connect
internal import Gateway
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@Suite
struct AdmissionTests {
  static let roles = TextTable(
    columns: 3,
    """
    TrackApplication  -          ->intake    # public
    TrackApplication  clerk      ->intake    # public is for all
    AcceptApplication -          WRONG_ROLE
    AcceptApplication clerk      ->intake
    AcceptApplication applicant  WRONG_ROLE
    SubmitApplication applicant  ->intake
    SubmitApplication clerk      WRONG_ROLE
    SubmitApplication nonsense   WRONG_ROLE
    """
  )

  @Test(arguments: roles.rows)
  func `the method's rule decides by roles`(_ row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    var fields: [String: String] = [:]
    if row.columns[1] != "-" {
      fields["authorization"] = "Bearer \(try await door.issuer.token(row.columns[1]))"
    }
    let passage = await door.passage(
      "/onedoor.intake.v1.IntakeService/\(row.columns[0])",
      fields
    )
    #expect(passage.word == row.columns[2])
    if passage.word == "WRONG_ROLE" { #expect(passage.answer?.status == 403) }
  }

  @Test
  func `each role alone reaches just what its rules allow`() async throws {
    let door = try await DoorRoom { $0.limits.perSubject = CallRate(perSecond: 10_000) }
    for role in AccessV1.Role.allCases where role != .service && role != .unspecified {
      let name = try #require(role.protoName).dropFirst(5).lowercased()
      let token = try await door.issuer.token(name, subject: "s-\(name)")
      for method in Contract.methods where door.isRouted(method) {
        let type = ContentType(.proto, isStreaming: method.kind == .stream).name
        let passage = await door.passage(
          method.path,
          ["authorization": "Bearer \(token)", "content-type": type]
        )
        let allowed = method.access?.roles ?? []
        let isIn = passage.answer == nil
        #expect(isIn == (allowed.contains(role) || allowed.contains(.public)), "\(method.path)")
      }
    }
  }

  static let halls = TextTable(
    columns: 3,
    """
    -             -      370212
    -             370212 370212
    -             370211 WRONG_HALL  # a token without halls is for the default one
    370211        -      370211
    370211,370212 -      370211      # the first of the token
    370211,370212 370212 370212
    370211        370212 WRONG_HALL
    999999        -      WRONG_HALL  # no hall of this deployment
    999999,370211 -      370211
    999999        999999 WRONG_HALL
    """
  )

  /// docs/rules/door.md, rule D8.
  @Test(arguments: halls.rows)
  func `the hall is one of the token's`(_ row: TextTable.Row) async throws {
    let door = try await DoorRoom()
    let named = row.columns[0] == "-" ? nil : row.columns[0].split(separator: ",").map(String.init)
    var fields = ["authorization": "Bearer \(try await door.issuer.token("clerk", halls: named))"]
    if row.columns[1] != "-" { fields["onedoor-hall"] = row.columns[1] }
    let passage = await door.passage(DoorRoom.accept, fields)
    #expect((passage.forwarding?.value("onedoor-hall") ?? passage.word) == row.columns[2])
  }

  /// docs/rules/door.md, rule D8.
  @Test
  func `a caller without a token may name any hall of the deployment`() async throws {
    let door = try await DoorRoom()
    let usual = await door.passage(DoorRoom.track)
    #expect(usual.forwarding?.value("onedoor-hall") == Room.hall)
    let other = await door.passage(DoorRoom.track, ["onedoor-hall": "370211"])
    #expect(other.forwarding?.value("onedoor-hall") == "370211")
    #expect(await door.passage(DoorRoom.track, ["onedoor-hall": "1"]).word == "WRONG_HALL")
  }

  @Test
  func `callers without a token are told apart by address, not named by it`() async throws {
    let door = try await DoorRoom()
    let one = try #require(try door.pass(of: await door.passage(DoorRoom.track)))
    let same = try #require(try door.pass(of: await door.passage(DoorRoom.track)))
    let two = try #require(
      try door.pass(of: await door.passage(DoorRoom.track, peer: "198.51.100.5"))
    )
    #expect(one == same)
    #expect(one.subject != two.subject)
    #expect(one.roles == [.public])
    #expect(!one.subject.contains("198"))
    #expect(one.source == DoorRoom.peer)
  }

  /// docs/rules/door.md, rule D4.
  @Test
  func `two ways to say who calls are one too many`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    let token = "Bearer \(try await door.issuer.token("clerk"))"
    let both = ["authorization": token, "onedoor-portal-key": key]
    #expect(await door.passage(DoorRoom.track, both).word == "AMBIGUOUS_CALLER")
    let user = ["authorization": token, "onedoor-subject": "x"]
    #expect(await door.passage(DoorRoom.track, user).word == "AMBIGUOUS_CALLER")
    #expect(await door.passage(DoorRoom.track, ["onedoor-subject": "x"]).word == "SUBJECT_INVALID")
  }

  /// docs/rules/door.md, rule D12.
  @Test
  func `a pass is signed once and used while a minute of it is left`() async throws {
    let door = try await DoorRoom()
    let fields = ["authorization": "Bearer \(try await door.issuer.token("clerk"))"]
    #expect(door.passageAtOnce(DoorRoom.accept, fields) == nil)
    let first = await door.passage(DoorRoom.accept, fields)
    let pass = try #require(try door.pass(of: first))
    #expect(pass.expiresAt.milliseconds(since: door.room.clock.now) == 300_000)
    door.room.clock.advance(byMilliseconds: 239_999)
    let second = try #require(door.passageAtOnce(DoorRoom.accept, fields))
    #expect(second.forwarding?.value("onedoor-pass") == first.forwarding?.value("onedoor-pass"))
    #expect(door.gateway.metrics.checks == 1)
    door.room.clock.advance(byMilliseconds: 1)
    #expect(door.passageAtOnce(DoorRoom.accept, fields) == nil)
    let third = await door.passage(DoorRoom.accept, fields)
    #expect(third.forwarding?.value("onedoor-pass") != first.forwarding?.value("onedoor-pass"))
    // From another address it is another pass.
    #expect(door.passageAtOnce(DoorRoom.accept, fields, peer: "203.0.113.1") == nil)
  }

  /// docs/rules/door.md, rule D12.
  @Test
  func `what came as a pass from outside is replaced, and credentials stay at the door`()
    async throws
  {
    let door = try await DoorRoom()
    let forged = try TestKeys.keyring("gateway").seal(
      Pass(
        issuer: "gateway",
        subject: "thief",
        roles: [.operator],
        halls: [Room.hall],
        expiresAt: door.room.clock.now.advanced(byMilliseconds: 1_000)
      )
    )
    let token = try await door.issuer.token("clerk")
    let passage = await door.passage(
      DoorRoom.accept,
      ["authorization": "Bearer \(token)", "onedoor-pass": forged]
    )
    #expect(try door.pass(of: passage)?.subject == "zhang")
    #expect(passage.forwarding?.value("authorization") == "")
    // With the pass alone somebody is nobody.
    #expect(await door.passage(DoorRoom.accept, ["onedoor-pass": forged]).word == "WRONG_ROLE")
  }

  @Test
  func `many requests with the same new token are verified once`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("clerk")
    let decided = Locked<[String]>([])
    for _ in 0..<20 {
      let head = RequestHead(
        verb: "POST",
        path: DoorRoom.accept,
        fields: TestFields(
          values: ["authorization": "Bearer \(token)", "content-type": "application/proto"]
        ),
        peer: DoorRoom.peer
      )
      guard case .later(let decide) = door.gateway.passage(of: head) else {
        Issue.record("It has to be verified.")
        return
      }
      decide { passage in decided.change { $0.append(passage.word) } }
    }
    #expect(door.gateway.metrics.waitingChecks == 20)
    await door.gateway.drain()
    #expect(decided.value == Array(repeating: "->intake", count: 20))
    #expect(door.gateway.metrics.checks == 1)
  }

  @Test
  func `what waits is verified by the task that runs the gateway`() async throws {
    let door = try await DoorRoom()
    let gateway = door.gateway
    let (words, word) = AsyncStream<String>.makeStream()
    let head = RequestHead(
      verb: "POST",
      path: DoorRoom.track,
      fields: TestFields(values: ["content-type": "application/proto"]),
      peer: DoorRoom.peer
    )
    guard case .later(let decide) = gateway.passage(of: head) else {
      Issue.record("It has to be signed.")
      return
    }
    decide { passage in word.yield(passage.word) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.run() }
      var iterator = words.makeAsyncIterator()
      #expect(await iterator.next() == "->intake")
      group.cancelAll()
    }
    // Nobody verifies any more, so nobody is left to wait.
    guard
      case .later(let decideNow) = gateway.passage(
        of: RequestHead(
          verb: "POST",
          path: DoorRoom.track,
          fields: head.fields,
          peer: "203.0.113.1"
        )
      )
    else {
      Issue.record("It has to be signed.")
      return
    }
    decideNow { passage in word.yield(passage.word) }
    var rest = words.makeAsyncIterator()
    #expect(await rest.next() == "OVERLOADED")
  }
}

extension DoorRoom {
  func isRouted(_ method: MethodInfo) -> Bool {
    let roles = Set(method.access?.roles ?? []).subtracting([.service])
    return !roles.isEmpty && !method.service.hasPrefix("onedoor.probe.")
  }
}
