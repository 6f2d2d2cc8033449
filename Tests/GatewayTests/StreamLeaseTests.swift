internal import Connect
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

/// docs/rules/door.md, rule D12.
@Suite
struct StreamLeaseTests {
  private static let day: Int64 = 86_400_000

  /// What may end a stream that was opened with these fields.
  private func lease(_ fields: [String: String], in door: DoorRoom) async throws -> (any Lease)? {
    let all = ["content-type": "application/connect+proto"].merging(fields) { $1 }
    let passage = await door.passage(DoorRoom.follow, all)
    return try #require(passage.forwarding).lease
  }

  /// The reason in the envelope that ends a stream; nil while it goes on.
  private func reason(_ lease: (any Lease)?) throws -> String? {
    guard let bytes = lease?.ending() else { return nil }
    var reader = EnvelopeReader(limit: 1 << 20)
    reader.append(bytes)
    let envelope = try #require(try reader.next())
    #expect(envelope.flags == .endOfStream)
    let error = try #require(EndOfStream(envelope.payload)?.error)
    #expect(error.code == .unauthenticated)
    return try CommonV1.Refusal.decode(try #require(error.details.first).value).reason
  }

  @Test
  func `a stream ends with the token that opened it`() async throws {
    let door = try await DoorRoom()
    var claims = Claims(issuer: door.issuer.name, subject: "li")
    claims.roles = ["consumer"]
    claims.exp = Claims.opening + 900
    let fields = ["authorization": "Bearer \(try await door.issuer.sign(claims))"]
    let lease = try await lease(fields, in: door)
    // Beyond the pass, which lasts for five minutes.
    door.room.clock.advance(byMilliseconds: 899_999)
    #expect(try reason(lease) == nil)
    door.room.clock.advance(byMilliseconds: 1)
    #expect(try reason(lease) == "TOKEN_EXPIRED")
    #expect(try reason(lease) == "TOKEN_EXPIRED")
  }

  /// The lease of a stream that a portal would open, if one were open to portals.
  private func portals(_ fields: [String: String], in door: DoorRoom) async throws -> StreamLease {
    _ = await door.passage(DoorRoom.submit, fields)
    let head = RequestHead(
      verb: "POST",
      path: DoorRoom.submit,
      fields: TestFields(values: fields),
      peer: DoorRoom.peer
    )
    let credentials = try Credentials(head)
    let known = door.gateway.admissions.admission(of: credentials, now: door.room.clock.now)
    let audience = Audience(prefersEnglish: true, readsJSON: true)
    return StreamLease(door.gateway, credentials, try #require(known), audience)
  }

  @Test
  func `a portal's stream ends with its key`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    let first = try await portals(["onedoor-portal-key": key], in: door)
    let id = try door.room.call(
      GatewayV1.GatewayService.listPortals,
      .init(),
      as: .operator
    ).portals[0].id
    let request = GatewayV1.RotatePortalKeyRequest(portalId: id, overlapSeconds: 30)
    let told = try door.room.call(
      GatewayV1.GatewayService.rotatePortalKey,
      request,
      as: .operator
    )
    // As the door does with the answer.
    door.gateway.admissions.forgetPortals()
    #expect(try reason(first) == nil)
    await door.gateway.drain()
    door.room.clock.advance(byMilliseconds: 29_999)
    #expect(try reason(first) == nil)
    door.room.clock.advance(byMilliseconds: 1)
    #expect(try reason(first) == "PORTAL_KEY_UNKNOWN")
    // At once, if nothing else was said.
    let second = try await portals(["onedoor-portal-key": told.portalKey], in: door)
    let token = try await door.issuer.token("operator")
    let fields = ["authorization": "Bearer \(token)", "idempotency-key": "k"]
    let now = GatewayV1.RotatePortalKeyRequest(portalId: id).encode()
    let answer = await door.dispatch(
      GatewayV1.GatewayService.rotatePortalKey.path,
      fields,
      body: now
    )
    #expect(answer?.status == 200)
    #expect(try reason(second) == nil)
    await door.gateway.drain()
    #expect(try reason(second) == "PORTAL_KEY_UNKNOWN")
  }

  @Test
  func `what has no end cuts no stream, and a portal's word for its user does`() async throws {
    let door = try await DoorRoom()
    let key = try door.registerPortal()
    let user = try await door.issuer.sign(.user("u-1"))
    let alone = try await portals(["onedoor-portal-key": key], in: door)
    let fields = ["onedoor-portal-key": key, "onedoor-subject": user]
    let forUser = try await portals(fields, in: door)
    #expect(try reason(forUser) == nil)
    door.room.clock.advance(byMilliseconds: 300_000)
    #expect(try reason(forUser) == "SUBJECT_EXPIRED")
    door.room.clock.advance(byMilliseconds: Self.day)
    try await door.gateway.reload([door.issuer.settings])
    #expect(try reason(alone) == nil)
    await door.gateway.drain()
    #expect(try reason(alone) == nil)
  }

  @Test
  func `a stream ends soon after the key that opened it is gone, and others go on`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("consumer")
    let lease = try await lease(["authorization": "Bearer \(token)"], in: door)
    // The same keys once more.
    try await door.gateway.reload([door.issuer.settings])
    for _ in 0..<3 {
      #expect(try reason(lease) == nil)
      await door.gateway.drain()
    }
    #expect(door.gateway.metrics.checks == 2)
    let successor = try await TestIssuer(door.issuer.name)
    try await door.gateway.reload([successor.settings])
    #expect(try reason(lease) == nil)
    await door.gateway.drain()
    #expect(try reason(lease) == "TOKEN_INVALID")
  }
}
