package import Kernel
package import Messages

/// Who calls, as the gateway or a service attests it.
package struct Pass: Sendable, Hashable {
  /// The service whose key signed.
  package var issuer: String
  /// Who calls.
  package var subject: String
  /// The person's name, where the token has one.
  package var name: String
  /// The parts in which the caller acts.
  package var roles: Set<AccessV1.Role>
  /// The halls in which the caller may act.
  package var halls: [String]
  /// The posts that the caller holds.
  package var posts: [String]
  /// For whom a portal speaks; empty if for itself.
  package var onBehalfOf: String
  /// How sure the identity is, 0 to 3.
  package var assurance: UInt32
  /// The end of its validity, in real time.
  package var expiresAt: Instant
  /// The address from which the call came to the gateway.
  package var source: String

  /// How long a pass is valid.
  ///
  /// - Unit: milliseconds.
  package static let lifetime: Int64 = 300_000

  package init(
    issuer: String,
    subject: String,
    name: String = "",
    roles: Set<AccessV1.Role>,
    halls: [String],
    posts: [String] = [],
    onBehalfOf: String = "",
    assurance: UInt32 = 0,
    expiresAt: Instant,
    source: String = ""
  ) {
    self.issuer = issuer
    self.subject = subject
    self.name = name
    self.roles = roles
    self.halls = halls
    self.posts = posts
    self.onBehalfOf = onBehalfOf
    self.assurance = assurance
    self.expiresAt = expiresAt
    self.source = source
  }

  /// The pass by which a service calls the methods for services.
  package static func ofService(_ service: String, hall: String, now: Instant) -> Self {
    Self(
      issuer: service,
      subject: service,
      roles: [.service],
      halls: [hall],
      expiresAt: now.advanced(byMilliseconds: lifetime)
    )
  }

  /// The pass by which an operator asks a service what only an operator may; the service's own key
  /// signs it, and nobody else believes it.
  package static func ofOperator(at service: String, hall: String, now: Instant) -> Self {
    var pass = ofService(service, hall: hall, now: now)
    pass.subject = Keyring.operatorName
    return pass
  }

  /// Whether a service attests itself.
  var isServices: Bool { roles == [.service] && subject == issuer }

  /// Whether it is an operator's, for the questions under `/admin/` and for nothing else.
  ///
  /// A token cannot have the role of a service, so no person called `operator` gets such a pass.
  package var isOperators: Bool { roles == [.service] && subject == Keyring.operatorName }

  /// The one for whom things are kept: the user for whom a portal speaks, else the caller.
  ///
  /// Users of two portals are two owners, even if both portals call them the same. A portal's
  /// identifier has no slash and is never empty, so `portal/user` is told by its first slash; a
  /// token's subject with a slash gets another one in front and is never taken for it.
  package var owner: String {
    guard onBehalfOf.isEmpty else { return "\(subject)/\(onBehalfOf)" }
    return subject.utf8.contains(UInt8(ascii: "/")) ? "/\(subject)" : subject
  }

  init(_ message: AccessV1.Pass) {
    self.init(
      issuer: Keyring.service(of: message.keyId),
      subject: message.subject,
      name: message.name,
      roles: Set(message.roles),
      halls: message.halls,
      posts: message.posts,
      onBehalfOf: message.onBehalfOf,
      assurance: message.assurance,
      expiresAt: Instant(unixMilliseconds: message.expiresAtMs),
      source: message.source
    )
  }

  var message: AccessV1.Pass {
    AccessV1.Pass(
      keyId: issuer,
      alg: Keyring.algorithm,
      subject: subject,
      name: name,
      roles: roles.sorted { $0.rawValue < $1.rawValue },
      halls: halls,
      posts: posts,
      onBehalfOf: onBehalfOf,
      assurance: assurance,
      expiresAtMs: expiresAt.unixMilliseconds,
      source: source
    )
  }
}
