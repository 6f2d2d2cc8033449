internal import Kernel
internal import Messages
internal import Service

extension GatewayHandlers {
  /// Registers a portal of the hall; only the hash of its key is kept.
  ///
  /// A repeat under the same idempotency key tells the same key again.
  func registerPortal(
    _ request: GatewayV1.RegisterPortalRequest,
    _ call: Writing
  ) throws -> GatewayV1.RegisterPortalResponse {
    let violations = violations(of: request)
    guard violations.isEmpty else { throw Refusal.invalid(violations) }
    let hall = call.call.hall
    guard try !call.transaction.hasPortal(hall: hall, name: request.name) else {
      throw GatewayRefusal.portalExists(request.name)
    }
    let key = PortalKey(randomBytes: call.call.surroundings.randomBytes(PortalKey.byteCount))
    let portal = Portal(
      id: call.call.nextIdentifier(),
      hall: hall,
      name: request.name,
      keyHash: key.hash,
      subjectKey: request.subjectJwk,
      callsPerSecond: Int(request.callsPerSecond),
      registeredBy: call.call.pass.subject,
      registeredAt: call.call.now
    )
    try call.transaction.insert(portal)
    return GatewayV1.RegisterPortalResponse(portalId: portal.id, portalKey: key.text)
  }

  /// What is wrong with a portal, beside the rules of the fields.
  func violations(of request: GatewayV1.RegisterPortalRequest) -> [Violation] {
    var violations: [Violation] = []
    if request.name != request.name.lowercased() {
      violations.append(
        Violation(
          field: "name",
          reason: "FORMAT",
          messageZh: "只能使用小写字母",
          messageEn: "must be in lower case"
        )
      )
    }
    if !request.subjectJwk.isEmpty, let fault = PublicKey.fault(inJWK: request.subjectJwk) {
      violations.append(
        Violation(
          field: "subject_jwk",
          reason: "FORMAT",
          messageZh: "应为 EdDSA、ES256 或 RS256 的 JWK 公钥：\(fault.zh)",
          messageEn: "must be a public JWK for EdDSA, ES256 or RS256: \(fault.en)"
        )
      )
    }
    return violations
  }
}
