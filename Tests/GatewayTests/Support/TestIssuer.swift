internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import Gateway
internal import JWTKit
internal import Kernel
internal import Messages

/// Somebody who issues tokens in tests, with a key of each kind: `ed`, `ec`, `rsa`.
struct TestIssuer {
  let name: String
  let keys: JWTKeyCollection
  /// The public keys.
  let jwks: String
  /// Signs as `ed` what no library would put into a header.
  let ed: Curve25519.Signing.PrivateKey
  /// The public key `ed` alone.
  let edJWK: String

  init(_ name: String = "https://issuer.example") async throws {
    self.name = name
    ed = Curve25519.Signing.PrivateKey()
    let ec = P256.Signing.PrivateKey()
    let rsa = try Self.rsaKey.get()
    keys = JWTKeyCollection()
    await keys.add(eddsa: EdDSA.PrivateKey(backing: ed), kid: "ed")
    await keys.add(ecdsa: try ES256PrivateKey(backing: ec), kid: "ec")
    await keys.add(
      rsa: try Insecure.RSA.PrivateKey(backing: rsa),
      digestAlgorithm: .sha256,
      kid: "rsa"
    )
    let point = Array(ec.publicKey.rawRepresentation)
    let numbers = try rsa.publicKey.getKeyPrimitives()
    let x = Self.text(ed.publicKey.rawRepresentation)
    edJWK = #"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"\#(x)"}"#
    let ecJWK = """
      {"kty":"EC","crv":"P-256","kid":"ec","x":"\(Self.text(point[..<32]))",\
      "y":"\(Self.text(point[32...]))"}
      """
    let rsaJWK = """
      {"kty":"RSA","alg":"RS256","kid":"rsa","n":"\(Self.text(numbers.modulus))",\
      "e":"\(Self.text(numbers.publicExponent))"}
      """
    jwks = #"{"keys":[\#(edJWK),\#(ecJWK),\#(rsaJWK)]}"#
  }

  /// Made once, since it takes a while.
  private static let rsaKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    Base64.encode(Array(bytes), urlSafe: true, padded: false)
  }

  var settings: GatewaySettings.Issuer { GatewaySettings.Issuer(name: name, jwks: jwks) }

  /// Signs claims.
  func sign(
    _ claims: Claims,
    kid: JWKIdentifier = "ed",
    header: JWTHeader = [:]
  ) async throws
    -> String
  {
    try await keys.sign(claims, kid: kid, header: header)
  }

  /// A token with any header over the payload of another, truly signed by `ed`.
  func sign(header: String, payloadOf token: String) throws -> String {
    let payload = token.split(separator: ".")[1]
    let signed = Self.text(header.utf8) + "." + payload
    return signed + "." + Self.text(try ed.signature(for: Array(signed.utf8)))
  }

  /// A token of somebody with roles.
  func token(
    _ roles: String...,
    halls: [String]? = nil,
    subject: String = "zhang"
  ) async throws
    -> String
  {
    var claims = Claims(issuer: name, subject: subject)
    claims.roles = roles
    claims.halls = halls
    return try await sign(claims)
  }
}

/// Claims of any kind of token.
struct Claims: JWTPayload {
  /// 2026-09-14T09:00:00+08:00 in seconds since 1970, when the rooms open.
  static let opening = 1_789_347_600.0

  var iss: String?
  var sub: String?
  var name: String? = "张三"
  var roles: [String]?
  var halls: [String]?
  var posts: [String]?
  var exp: Double? = opening + 3_600
  var nbf: Double?
  var aud: [String]?
  var idType: String?
  var idNumber: String?
  var assurance: Int?
  var authTime: Double?

  enum CodingKeys: String, CodingKey {
    case iss, sub, name, roles, halls, posts, exp, nbf, aud, assurance
    case idType = "id_type"
    case idNumber = "id_number"
    case authTime = "auth_time"
  }

  init(issuer: String?, subject: String?) {
    iss = issuer
    sub = subject
  }

  /// What a portal says of its user.
  static func user(_ subject: String) -> Self {
    var claims = Self(issuer: nil, subject: subject)
    claims.idType = "111"
    claims.idNumber = "11010519491231002X"
    claims.assurance = 3
    claims.authTime = opening - 60
    claims.exp = opening + 300
    return claims
  }

  func verify(using _: some JWTAlgorithm) {}
}
