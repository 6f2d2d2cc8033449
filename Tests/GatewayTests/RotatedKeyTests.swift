internal import Gateway
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

/// docs/rules/door.md, rule D6.
@Suite
struct RotatedKeyTests {
  private static let rotate = GatewayV1.GatewayService.rotatePortalKey
  private static let list = GatewayV1.GatewayService.listPortals

  /// A key by which a portal called before, and the portal's id.
  private func portal(_ door: DoorRoom) async throws -> (key: String, id: String) {
    let key = try door.registerPortal()
    let pass = try #require(try door.pass(of: await passage(key, door)))
    return (key, pass.subject)
  }

  private func passage(_ key: String, _ door: DoorRoom) async -> Passage {
    await door.passage(DoorRoom.submit, ["onedoor-portal-key": key])
  }

  /// Rotates through the door, as an operator does.
  private func rotate(
    _ id: String,
    overlap: UInt32 = 0,
    as key: String = "k",
    _ door: DoorRoom
  ) async throws -> GatewayV1.RotatePortalKeyResponse {
    let token = try await door.issuer.token("operator")
    let fields = ["authorization": "Bearer \(token)", "idempotency-key": key]
    let request = GatewayV1.RotatePortalKeyRequest(portalId: id, overlapSeconds: overlap)
    let answer = await door.dispatch(Self.rotate.path, fields, body: request.encode())
    #expect(answer?.status == 200)
    return try GatewayV1.RotatePortalKeyResponse.decode(try #require(answer).body)
  }

  @Test
  func `a key ends with its rotation, though it called a moment before`() async throws {
    let door = try await DoorRoom()
    let (old, id) = try await portal(door)
    let told = try await rotate(id, door)
    #expect(told.portalKey.hasPrefix("odp_") && told.portalKey != old)
    #expect(told.oldKeyUntil == nil)
    #expect(await passage(old, door).word == "PORTAL_KEY_UNKNOWN")
    // The portal is who it was: what its users keep stays theirs.
    #expect(try door.pass(of: await passage(told.portalKey, door))?.subject == id)
    // A repeat tells the same key, and changes nothing.
    #expect(try await rotate(id, door) == told)
    #expect(await passage(told.portalKey, door).word == "->intake")
  }

  @Test
  func `both keys are good while they overlap, and no pass of the old one lasts longer`()
    async throws
  {
    let door = try await DoorRoom()
    let (old, id) = try await portal(door)
    let told = try await rotate(id, overlap: 90, door)
    let end = door.room.clock.now.advanced(byMilliseconds: 90_000)
    #expect(told.oldKeyUntil?.instant == end)
    #expect(await passage(told.portalKey, door).word == "->intake")
    let pass = try #require(try door.pass(of: await passage(old, door)))
    #expect(pass.subject == id)
    // A pass outlasts what was shown by a minute at most (D12).
    #expect(pass.expiresAt == end.advanced(byMilliseconds: 60_000))
    door.room.clock.advance(byMilliseconds: 89_999)
    #expect(await passage(old, door).word == "->intake")
    door.room.clock.advance(byMilliseconds: 1)
    #expect(await passage(old, door).word == "PORTAL_KEY_UNKNOWN")
    #expect(await passage(told.portalKey, door).word == "->intake")
  }

  @Test
  func `the key before the last ends with the next rotation`() async throws {
    let door = try await DoorRoom()
    let (first, id) = try await portal(door)
    let second = try await rotate(id, overlap: 604_800, as: "k1", door).portalKey
    let third = try await rotate(id, overlap: 604_800, as: "k2", door).portalKey
    #expect(await passage(first, door).word == "PORTAL_KEY_UNKNOWN")
    #expect(await passage(second, door).word == "->intake")
    #expect(await passage(third, door).word == "->intake")
  }

  @Test
  func `portals are listed by name, page by page, with what became of their keys`() async throws {
    let door = try await DoorRoom()
    for name in ["c", "a", "b"] { _ = try door.registerPortal(name, callsPerSecond: 7) }
    let all = try door.room.call(Self.list, .init(), as: .operator).portals
    #expect(all.map(\.name) == ["a", "b", "c"])
    #expect(all.allSatisfy { $0.callsPerSecond == 7 && $0.subjectJwk == door.issuer.edJWK })
    #expect(all[0].registeredBy == "op" && all[0].registeredAt?.instant == door.room.clock.now)
    #expect(all[0].keyRotatedBy.isEmpty && all[0].keyRotatedAt == nil)
    door.room.clock.advance(byMilliseconds: 5_000)
    let then = door.room.clock.now
    let told = try await rotate(all[1].id, overlap: 60, door)
    let first = try door.room.call(Self.list, .init(page: .init(size: 2)), as: .operator)
    #expect(first.portals.map(\.name) == ["a", "b"])
    #expect(first.portals[1].keyRotatedBy == "zhang")
    #expect(first.portals[1].keyRotatedAt?.instant == then)
    #expect(first.portals[1].oldKeyUntil == told.oldKeyUntil)
    let page = CommonV1.Page(size: 2, token: first.nextPageToken)
    let second = try door.room.call(Self.list, .init(page: page), as: .operator)
    #expect(second.portals.map(\.name) == ["c"] && second.nextPageToken.isEmpty)
    door.room.clock.advance(byMilliseconds: 60_000)
    let after = try door.room.call(Self.list, .init(), as: .operator).portals
    #expect(after[1].oldKeyUntil == nil && after[1].keyRotatedAt?.instant == then)
  }

  @Test
  func `no rotation is made twice by those who saw the same revision`() async throws {
    let door = try await DoorRoom()
    let (_, id) = try await portal(door)
    let request = GatewayV1.RotatePortalKeyRequest(portalId: id, expectedRevision: 1)
    let told = try door.room.call(Self.rotate, request, as: .operator)
    #expect(
      reason { try door.room.call(Self.rotate, request, as: .operator) } == "STALE_REVISION"
    )
    #expect(await passage(told.portalKey, door).word == "->intake")
    #expect(try door.room.call(Self.list, .init(), as: .operator).portals[0].revision == 2)
  }

  @Test
  func `only operators rotate, and list`() throws {
    let room = try Room(.gateway(demoClock: false))
    let unknown = GatewayV1.RotatePortalKeyRequest(portalId: "nobody")
    #expect(reason { try room.call(Self.rotate, unknown, as: .operator) } == "NOT_FOUND")
    #expect(reason { try room.call(Self.rotate, unknown, as: .applicant()) } == "WRONG_ROLE")
    #expect(reason { try room.call(Self.list, .init(), as: .applicant()) } == "WRONG_ROLE")
    let tooLong = GatewayV1.RotatePortalKeyRequest(portalId: "a", overlapSeconds: 604_801)
    #expect(reason { try room.call(Self.rotate, tooLong, as: .operator) } == "INVALID_FIELDS")
  }

  @Test
  func `a portal of another hall is neither found nor listed`() async throws {
    let door = try await DoorRoom()
    let (key, id) = try await portal(door)
    let token = try await door.issuer.token("operator", halls: ["370211"])
    let fields = ["authorization": "Bearer \(token)", "idempotency-key": "k"]
    let request = GatewayV1.RotatePortalKeyRequest(portalId: id)
    let refused = await door.dispatch(Self.rotate.path, fields, body: request.encode())
    #expect(refused?.value("onedoor-reason") == "NOT_FOUND")
    let listed = try #require(await door.dispatch(Self.list.path, fields, body: []))
    #expect(try GatewayV1.ListPortalsResponse.decode(listed.body).portals.isEmpty)
    #expect(await passage(key, door).word == "->intake")
  }

  private func reason<Answer>(_ call: () throws -> Answer) -> String? {
    do {
      _ = try call()
      return nil
    } catch {
      return (error as? Room.Refused)?.reason
    }
  }
}
