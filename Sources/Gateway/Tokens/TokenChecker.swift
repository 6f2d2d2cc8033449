internal import FoundationEssentials
internal import JWTKit
internal import Kernel
internal import Messages

/// Verifies tokens: the form, the signature by the one key that may have made it, the times.
///
/// - Source: RFC 7515, 7519, 8725; docs/rules/door.md, D5 and D6.
struct TokenChecker: Sendable {
  /// Why a token is not believed.
  enum Fault: Error, Sendable, Hashable {
    case invalid
    case expired
  }

  /// How long a token may be.
  ///
  /// - Unit: bytes.
  static let length = 8_192

  /// By how much the clock of whoever issued a token may be ahead of ours.
  ///
  /// - Unit: milliseconds.
  static let skew: Int64 = 30_000

  /// How long the word of a portal for its user may last.
  ///
  /// - Unit: milliseconds.
  static let subjectLifetime: Int64 = 300_000

  /// Somebody whose tokens are believed.
  struct Issuer: Sendable {
    var prefix: String
    /// By `kid`.
    var keys: [String: PublicKey]
  }

  /// By the claim `iss`.
  var issuers: [String: Issuer]
  /// The names under which tokens mean this door, in the claim `aud`.
  var audiences: Set<String>

  /// The claims of an issuer's token, its subject with the issuer's prefix.
  ///
  /// The signature comes before the claims, so that what a stranger wrote is not even read.
  func claims(of token: String, now: Instant) throws(Fault) -> TokenClaims {
    let parts = try Parts(token)
    guard let kid = parts.header.kid else { throw .invalid }
    let signers = issuers.filter { $0.value.keys[kid].map(parts.isSigned) ?? false }
    guard !signers.isEmpty else { throw .invalid }
    var claims: TokenClaims = try parts.claims()
    guard let issuer = signers[claims.iss], !claims.sub.isEmpty, isMeant(claims.aud) else {
      throw .invalid
    }
    guard Self.isAfter(now, claims.exp) else { throw .expired }
    guard Self.hasBegun(claims.nbf, now) else { throw .invalid }
    claims.sub = issuer.prefix + claims.sub
    return claims
  }

  /// The claims of a portal about its user.
  func claims(
    of token: String,
    signedBy key: PublicKey,
    now: Instant
  ) throws(Fault) -> SubjectClaims {
    let parts = try Parts(token)
    guard parts.isSigned(by: key) else { throw .invalid }
    let claims: SubjectClaims = try parts.claims()
    guard !claims.sub.isEmpty, (1...3).contains(claims.assurance), isMeant(claims.aud) else {
      throw .invalid
    }
    guard Self.isAfter(now, claims.exp) else { throw .expired }
    let latest = now.advanced(byMilliseconds: Self.subjectLifetime + Self.skew)
    guard !Self.isAfter(latest, claims.exp), Self.hasBegun(claims.authTime, now),
      Self.hasBegun(claims.nbf, now)
    else { throw .invalid }
    return claims
  }

  /// Whether a token is for this door: one that names no audience is for all.
  ///
  /// - Source: RFC 7519, 4.1.3.
  private func isMeant(_ audience: AudienceClaim?) -> Bool {
    audience.map { !audiences.isDisjoint(with: $0.names) } ?? true
  }

  /// Whether a claim's instant has come, by a clock that may be ahead of ours.
  private static func hasBegun(_ seconds: Double?, _ now: Instant) -> Bool {
    seconds.map { !isAfter(now.advanced(byMilliseconds: skew), $0) } ?? true
  }

  /// Whether a claim's instant lies after another one.
  private static func isAfter(_ instant: Instant, _ seconds: Double) -> Bool {
    seconds * 1_000 > Double(instant.unixMilliseconds)
  }

  /// A token taken apart.
  private struct Parts {
    let header: TokenHeader
    private let headerJSON: [UInt8]
    private let payload: ArraySlice<UInt8>
    private let signature: [UInt8]
    private let signed: ArraySlice<UInt8>

    init(_ token: String) throws(Fault) {
      let bytes = Array(token.utf8)
      guard bytes.count <= TokenChecker.length else { throw .invalid }
      let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count == 3, let headerJSON = Self.json(parts[0]),
        let header: TokenHeader = Self.read(headerJSON),
        let signature = Base64.decode(String(decoding: parts[2], as: UTF8.self))
      else { throw .invalid }
      self.header = header
      self.headerJSON = headerJSON
      payload = parts[1]
      self.signature = signature
      signed = bytes[..<(parts[2].startIndex - 1)]
    }

    /// A part in JSON, which is in UTF-8: by a NUL the decoder would take it for UTF-16.
    private static func json(_ part: ArraySlice<UInt8>) -> [UInt8]? {
      guard let json = Base64.decode(String(decoding: part, as: UTF8.self)), !json.contains(0),
        String(validating: json, as: UTF8.self) != nil
      else { return nil }
      return json
    }

    private static func read<Value: Decodable>(_ json: [UInt8]) -> Value? {
      try? JSONDecoder().decode(Value.self, from: Data(json))
    }

    /// Whether the key made the signature and the header names its algorithm.
    ///
    /// An extension that the header calls critical is one that we do not know.
    func isSigned(by key: PublicKey) -> Bool {
      header.algorithm == key.algorithm && !header.isCritical
        && key.isSignature(signature, of: signed)
    }

    /// The claims, if no member is there twice.
    ///
    /// - Precondition: The signature is right, since to look for such members takes a while.
    func claims<Claims: JWTPayload>() throws(Fault) -> Claims {
      guard let json = Self.json(payload), let claims: Claims = Self.read(json),
        !TokenMembers.areRepeated(in: headerJSON), !TokenMembers.areRepeated(in: json)
      else { throw .invalid }
      return claims
    }
  }
}
