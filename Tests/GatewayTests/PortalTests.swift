internal import Gateway
internal import JWTKit
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import Storage
internal import TestSupport
internal import Testing

@Suite
struct PortalTests {
  @Test
  func `a portal that was registered calls with its key`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    #expect(key.hasPrefix("odp_") && key.utf8.count == 47)
    let passage = await door.passage(DoorRoom.submit, ["onedoor-portal-key": key])
    let pass = try #require(try door.pass(of: passage))
    #expect(pass.roles == [.portal])
    #expect(pass.halls == [Room.hall])
    #expect(pass.onBehalfOf.isEmpty && pass.owner == pass.subject)
    #expect(passage.forwarding?.value("onedoor-portal-key") == "")
    #expect(passage.forwarding?.value("onedoor-subject") == "")
    #expect(door.gateway.metrics.callers == ["portal": 1])
  }

  /// docs/rules/door.md, rule D6.
  @Test(arguments: [
    "", "odp_", "nothing", "odp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ])
  func `a key that nobody has is refused`(_ key: String) async throws {
    let door = try await DoorRoom()
    _ = try door.registerPortal()
    let passage = await door.passage(DoorRoom.track, ["onedoor-portal-key": key])
    #expect(passage.word == "PORTAL_KEY_UNKNOWN")
    #expect(passage.answer?.status == 401)
  }

  @Test
  func `a key works from the moment that it was told, even if it was tried before`() async throws {
    let door = try await DoorRoom()
    let first = try door.registerPortal("a")
    #expect(await door.passage(DoorRoom.track, ["onedoor-portal-key": first]).word == "->intake")
    let second = try door.registerPortal("b")
    #expect(await door.passage(DoorRoom.track, ["onedoor-portal-key": second]).word == "->intake")
  }

  /// docs/rules/door.md, rule D6.
  @Test
  func `a portal speaks for the user whom it names`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    let user = try await door.issuer.sign(.user("u-1"))
    let fields = ["onedoor-portal-key": key, "onedoor-subject": user]
    let pass = try #require(try door.pass(of: await door.passage(DoorRoom.submit, fields)))
    #expect(pass.onBehalfOf == "u-1")
    #expect(pass.owner == "\(pass.subject)/u-1")
    #expect(pass.assurance == 3)
    #expect(pass.name == "张三")
    #expect(pass.roles == [.portal])
  }

  /// Ways to speak for somebody that are not allowed.
  enum Fault: String, CaseIterable, Sendable {
    case strangeKey
    case tooLong
    case expired
    case noExpiry
    case noAssurance
    case assurance0
    case assurance4
    case noName
    case noNumber
    case noAuthTime
    case authTimeAhead
    case notYetValid
    case forOthers
    case emptySubject
    case notSigned
    case nothing
  }

  /// docs/rules/door.md, rule D6.
  @Test(arguments: Fault.allCases)
  func `a portal's word for its user must be whole, fresh and its own`(_ fault: Fault) async throws
  {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    var claims = Claims.user("u-1")
    var signer = door.issuer
    switch fault {
    case .strangeKey: signer = try await TestIssuer()
    case .tooLong: claims.exp = Claims.opening + 331
    case .expired: claims.exp = Claims.opening
    case .noExpiry: claims.exp = nil
    case .noAssurance: claims.assurance = nil
    case .assurance0: claims.assurance = 0
    case .assurance4: claims.assurance = 4
    case .noName: claims.name = nil
    case .noNumber: claims.idNumber = nil
    case .noAuthTime: claims.authTime = nil
    case .authTimeAhead: claims.authTime = Claims.opening + 31
    case .notYetValid: claims.nbf = Claims.opening + 31
    case .forOthers: claims.aud = ["elsewhere"]
    case .emptySubject: claims.sub = ""
    case .notSigned, .nothing: break
    }
    var user = try await signer.sign(claims)
    if fault == .notSigned { user = String(user.prefix { $0 != "." }) + ".e30." }
    if fault == .nothing { user = "" }
    let passage = await door.passage(
      DoorRoom.submit,
      ["onedoor-portal-key": key, "onedoor-subject": user]
    )
    #expect(passage.word == (fault == .expired ? "SUBJECT_EXPIRED" : "SUBJECT_INVALID"))
    #expect(passage.answer?.status == 401)
  }

  @Test
  func `a portal without a key for its users speaks for itself alone`() async throws {
    let door = try await DoorRoom()
    let key = try door.room.call(
      GatewayV1.GatewayService.registerPortal,
      GatewayV1.RegisterPortalRequest(name: "mute"),
      as: .operator
    ).portalKey
    #expect(await door.passage(DoorRoom.submit, ["onedoor-portal-key": key]).word == "->intake")
    let user = try await door.issuer.sign(.user("u-1"))
    let passage = await door.passage(
      DoorRoom.submit,
      ["onedoor-portal-key": key, "onedoor-subject": user]
    )
    #expect(passage.word == "SUBJECT_INVALID")
  }

  /// docs/rules/door.md, rule D12.
  @Test
  func `the pass for a user ends with what the portal said`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    var claims = Claims.user("u-1")
    claims.exp = Claims.opening + 20
    let fields = ["onedoor-portal-key": key, "onedoor-subject": try await door.issuer.sign(claims)]
    let pass = try #require(try door.pass(of: await door.passage(DoorRoom.submit, fields)))
    #expect(pass.expiresAt.milliseconds(since: door.room.clock.now) == 80_000)
    door.room.clock.advance(byMilliseconds: 20_000)
    #expect(await door.passage(DoorRoom.submit, fields).word == "SUBJECT_EXPIRED")
  }

  // MARK: - RegisterPortal

  /// docs/rules/door.md, rule D6.
  @Test
  func `RegisterPortal keeps the hash of the key alone, and repeats the key for a repeat`() throws {
    let room = try Room(.gateway(demoClock: false))
    let request = GatewayV1.RegisterPortalRequest(name: "portal-a", callsPerSecond: 7)
    let method = GatewayV1.GatewayService.registerPortal
    let first = try room.call(method, request, as: .operator, key: "k")
    let again = try room.call(method, request, as: .operator, key: "k")
    #expect(first == again)
    let kept = try room.engine.store.read { snapshot in
      try snapshot.rows("SELECT key_alg, key_hash, calls_per_second FROM portal") { row in
        (row.text(0), row.blob(1), row.int(2))
      }
    }
    #expect(kept.count == 1)
    #expect(kept[0].0 == "sha256")
    #expect(kept[0].1 == Digest.sha256(Array(first.portalKey.utf8)))
    #expect(kept[0].2 == 7)
  }

  @Test
  func `RegisterPortal refuses a name that is taken`() throws {
    let room = try Room(.gateway(demoClock: false))
    let request = GatewayV1.RegisterPortalRequest(name: "portal-a")
    try room.call(GatewayV1.GatewayService.registerPortal, request, as: .operator)
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(GatewayV1.GatewayService.registerPortal, request, as: .operator)
    }
    #expect(refused?.status == 409)
    #expect(refused?.reason == "PORTAL_EXISTS")
    #expect(refused?.refusal.subject == "portal-a")
  }

  @Test
  func `RegisterPortal names all that is wrong`() throws {
    let room = try Room(.gateway(demoClock: false))
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(
        GatewayV1.GatewayService.registerPortal,
        GatewayV1.RegisterPortalRequest(name: "Portal", subjectJwk: "{}"),
        as: .operator
      )
    }
    #expect(refused?.reason == "INVALID_FIELDS")
    #expect(refused?.refusal.violations.map(\.field) == ["name", "subject_jwk"])
    // Nor does a field that breaks its own rule hide the others.
    let mixed = #expect(throws: Room.Refused.self) {
      try room.call(
        GatewayV1.GatewayService.registerPortal,
        GatewayV1.RegisterPortalRequest(
          name: "Portal",
          subjectJwk: "{}",
          callsPerSecond: 10_001
        ),
        as: .operator
      )
    }
    #expect(
      mixed?.refusal.violations.map(\.field) == ["calls_per_second", "name", "subject_jwk"]
    )
  }

  @Test(arguments: [
    "no JSON", "[]",
    #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#,
    #"{"kty":"OKP","crv":"Ed25519"}"#,
    #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#,
    #"{"kty":"RSA","n":"AQ","e":"AQAB"}"#,
    #"{"kty":"oct","k":"AA"}"#,
    // The private key of RFC 8037, appendix A.1.
    """
    {"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    """,
  ])
  func `RegisterPortal refuses what is no public key for us`(_ jwk: String) throws {
    let room = try Room(.gateway(demoClock: false))
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(
        GatewayV1.GatewayService.registerPortal,
        GatewayV1.RegisterPortalRequest(name: "p", subjectJwk: jwk),
        as: .operator
      )
    }
    #expect(refused?.refusal.violations.map(\.field) == ["subject_jwk"])
  }

  @Test
  func `RegisterPortal is for operators`() throws {
    let room = try Room(.gateway(demoClock: false))
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(
        GatewayV1.GatewayService.registerPortal,
        GatewayV1.RegisterPortalRequest(name: "p"),
        as: .applicant()
      )
    }
    #expect(refused?.reason == "WRONG_ROLE")
  }
}
