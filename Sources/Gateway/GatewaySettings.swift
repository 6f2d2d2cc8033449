/// What a deployment chooses about its door.
package struct GatewaySettings: Sendable, Hashable {
  /// Somebody whose tokens are believed.
  package struct Issuer: Sendable, Hashable {
    /// The claim `iss` of its tokens.
    package var name: String
    /// The content of its JWKS file (RFC 7517); keys for EdDSA, ES256 or RS256, each with a `kid`.
    package var jwks: String
    /// What is put before the claim `sub`, so that two issuers may have the same names.
    package var prefix: String

    package init(name: String, jwks: String, prefix: String = "") {
      self.name = name
      self.jwks = jwks
      self.prefix = prefix
    }
  }

  /// How much is let through.
  package struct Limits: Sendable, Hashable {
    /// Calls of one source address without a token or key.
    package var perSource = CallRate(perSecond: 100, burst: 200)
    /// Calls of one subject of a token.
    package var perSubject = CallRate(perSecond: 100, burst: 200)
    /// Calls of a portal that was registered without a number of its own.
    package var perPortal = CallRate(perSecond: 100, burst: 200)
    /// Credentials of one source address that have to be verified first.
    package var checksPerSource = CallRate(perSecond: 500, burst: 1_000)
    /// The longest time a unary call may ask for, and what it gets if it names none.
    ///
    /// - Unit: milliseconds.
    package var deadline: Int64 = 30_000
    /// The longest body of a call, before and after decompression.
    ///
    /// - Unit: bytes.
    package var body = 4 << 20
    /// The longest material.
    ///
    /// - Unit: bytes.
    package var material = 64 << 20
    /// Over what time refused attempts of one kind are counted together.
    ///
    /// - Unit: milliseconds of real time.
    package var attemptWindow: Int64 = 60_000
    /// What answers that are kept at the door may take together; 0 keeps none.
    ///
    /// - Unit: bytes.
    package var cache = 4 << 20

    package init() {}
  }

  /// What is wrong with settings, all of it at once.
  package struct Faults: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence each.
    package let faults: [String]

    package var description: String { faults.joined(separator: "\n") }
  }

  /// The hall of callers who name none.
  package var defaultHall: String
  /// All halls of the deployment, the default one among them.
  package var halls: Set<String>
  /// Whose tokens are believed.
  package var issuers: [Issuer]
  /// The names under which tokens mean this house, in their claim `aud`; a token that has the claim
  /// and none of them is not believed.
  package var audiences: Set<String>
  /// Whether the hall's clock is a demo clock; then every answer says so.
  package var demoClock: Bool
  /// How much is let through.
  package var limits: Limits

  package init(
    defaultHall: String,
    halls: Set<String> = [],
    issuers: [Issuer] = [],
    audiences: Set<String> = [],
    demoClock: Bool = false,
    limits: Limits = Limits()
  ) {
    self.defaultHall = defaultHall
    self.halls = halls.union([defaultHall])
    self.issuers = issuers
    self.audiences = audiences
    self.demoClock = demoClock
    self.limits = limits
  }
}
