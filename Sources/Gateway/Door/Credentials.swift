internal import Service

/// What a caller shows, and from where: the key under which an admission is remembered.
struct Credentials: Sendable, Hashable {
  /// What is shown.
  enum Proof: Sendable, Hashable {
    /// Nothing.
    case none
    /// A token of an issuer.
    case token(String)
    /// The key of a portal, and its word for whom it speaks.
    case portal(key: String, subject: String?)
  }

  let proof: Proof
  /// The network of the peer: who has the whole of it counts as one.
  let source: String

  /// Reads the head of a request.
  ///
  /// - Throws: ``GatewayRefusal`` if what is shown is of no known kind, or of two (D4).
  init(_ head: RequestHead) throws(GatewayRefusal) {
    source = SourceNetwork.of(head.peer)
    let authorization = head.fields.value(of: "authorization")
    let key = head.fields.value(of: "onedoor-portal-key")
    let subject = head.fields.value(of: "onedoor-subject")
    switch (authorization, key) {
    case (_?, _?):
      throw .ambiguousCaller
    case (let authorization?, nil):
      guard subject == nil else { throw .ambiguousCaller }
      proof = .token(try Self.bearer(authorization))
    case (nil, let key?):
      proof = .portal(key: key, subject: subject)
    case (nil, nil):
      guard subject == nil else { throw .subjectInvalid }
      proof = .none
    }
  }

  /// The token behind the scheme `Bearer`, in whatever case (RFC 9110, 11.1).
  private static func bearer(_ authorization: String) throws(GatewayRefusal) -> String {
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .tokenInvalid }
    return String(parts[1].drop { $0 == " " })
  }
}
