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

  /// The claims of an issuer's token, its subject with the issuer's prefix.
  func claims(of token: String, now: Instant) throws(Fault) -> TokenClaims {
    let parts = try Parts(token, as: TokenClaims.self)
    guard let issuer = issuers[parts.claims.iss],
      let kid = parts.header.kid,
      let key = issuer.keys[kid]
    else { throw .invalid }
    var claims = try parts.verified(by: key)
    guard !claims.sub.isEmpty else { throw .invalid }
    guard Self.isAfter(now, claims.exp) else { throw .expired }
    if let begin = claims.nbf, Self.isAfter(now.advanced(byMilliseconds: Self.skew), begin) {
      throw .invalid
    }
    claims.sub = issuer.prefix + claims.sub
    return claims
  }

  /// The claims of a portal about its user.
  static func claims(
    of token: String,
    signedBy key: PublicKey,
    now: Instant
  ) throws(Fault) -> SubjectClaims {
    let claims = try Parts(token, as: SubjectClaims.self).verified(by: key)
    guard !claims.sub.isEmpty, (1...3).contains(claims.assurance) else { throw .invalid }
    guard isAfter(now, claims.exp) else { throw .expired }
    let latest = now.advanced(byMilliseconds: subjectLifetime + skew)
    guard !isAfter(latest, claims.exp),
      !isAfter(now.advanced(byMilliseconds: skew), claims.authTime)
    else { throw .invalid }
    return claims
  }

  /// Whether a claim's instant lies after another one.
  private static func isAfter(_ instant: Instant, _ seconds: Double) -> Bool {
    seconds * 1_000 > Double(instant.unixMilliseconds)
  }

  /// A token taken apart.
  private struct Parts<Claims: JWTPayload> {
    let header: TokenHeader
    let claims: Claims
    private let signature: [UInt8]
    private let signed: ArraySlice<UInt8>

    init(_ token: String, as _: Claims.Type) throws(Fault) {
      let bytes = Array(token.utf8)
      guard bytes.count <= TokenChecker.length else { throw .invalid }
      let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count == 3, let header: TokenHeader = Self.read(parts[0]),
        let claims: Claims = Self.read(parts[1]),
        let signature = Base64.decode(String(decoding: parts[2], as: UTF8.self))
      else { throw .invalid }
      self.header = header
      self.claims = claims
      self.signature = signature
      signed = bytes[..<(parts[2].startIndex - 1)]
    }

    /// Reads a part in JSON, which is in UTF-8: by a NUL the decoder would take it for UTF-16.
    private static func read<Value: Decodable>(_ part: ArraySlice<UInt8>) -> Value? {
      guard let json = Base64.decode(String(decoding: part, as: UTF8.self)), !json.contains(0),
        String(validating: json, as: UTF8.self) != nil,
        let value = try? JSONDecoder().decode(Value.self, from: Data(json)),
        !TokenMembers.areRepeated(in: json)
      else { return nil }
      return value
    }

    /// The claims, if the key made the signature and the header names its algorithm.
    ///
    /// An extension that the header calls critical is one that we do not know.
    func verified(by key: PublicKey) throws(Fault) -> Claims {
      guard header.algorithm == key.algorithm, !header.isCritical,
        key.isSignature(signature, of: signed)
      else { throw .invalid }
      return claims
    }
  }
}
