internal import Kernel
internal import Messages
internal import Service

extension GatewayHandlers {
  /// Gives a portal another key; the one so far ends at once, or after the overlap.
  ///
  /// The door forgets whom it has admitted before this is answered, so that nobody goes on by a key
  /// that has ended. A repeat under the same idempotency key tells the same key again.
  ///
  /// - Source: docs/rules/door.md, rule D6
  func rotatePortalKey(
    _ request: GatewayV1.RotatePortalKeyRequest,
    _ call: Writing
  ) throws -> GatewayV1.RotatePortalKeyResponse {
    let found = try call.transaction.portal(hall: call.call.hall, id: request.portalId)
    guard var portal = found else { throw Refusal.notFound(request.portalId) }
    try call.check(expected: request.expectedRevision, revision: portal.revision, of: portal.id)
    let surroundings = call.call.surroundings
    let key = PortalKey(randomBytes: surroundings.randomBytes(PortalKey.byteCount))
    portal.oldKey = nil
    if request.overlapSeconds > 0 {
      let until = surroundings.realNow()
        .advanced(byMilliseconds: Int64(request.overlapSeconds) * 1_000)
      portal.oldKey = Portal.OldKey(hash: portal.keyHash, until: until)
    }
    portal.keyHash = key.hash
    portal.rotatedBy = call.call.pass.subject
    portal.rotatedAt = call.call.now
    try call.transaction.update(keysOf: portal)
    return GatewayV1.RotatePortalKeyResponse(
      portalKey: key.text,
      oldKeyUntil: portal.oldKey.map { GoogleProtobuf.Timestamp($0.until) }
    )
  }
}
