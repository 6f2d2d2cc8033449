internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import Messages
internal import Service

/// Somebody who signs tokens; the same keys in every run, but for RSA.
struct TokenSigner: Sendable {
  private enum Key: Sendable {
    case ed(Curve25519.Signing.PrivateKey)
    case ec(P256.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)
    /// No key at all: a secret that everybody knows, since it is somebody's public key.
    case shared([UInt8])
  }

  /// Whose key it is: the claim `iss`, or the name of a portal.
  let owner: String
  /// The header's `kid`.
  let id: String
  /// The header's `alg`.
  let algorithm: String
  private let key: Key

  private init(_ owner: String, _ id: String, _ algorithm: String, _ key: Key) {
    self.owner = owner
    self.id = id
    self.algorithm = algorithm
    self.key = key
  }

  private static func ed(_ owner: String) throws -> Self {
    let bytes = Digest.sha256(Array("ed of \(owner)".utf8))
    return Self(owner, "ed", "EdDSA", .ed(try .init(rawRepresentation: bytes)))
  }

  private static func ec(_ owner: String) throws -> Self {
    let bytes = Digest.sha256(Array("ec of \(owner)".utf8))
    return Self(owner, "ec", "ES256", .ec(try .init(rawRepresentation: bytes)))
  }

  /// Who may sign what: two issuers, two portals, and those whom nobody believes.
  struct All: Sendable {
    let issuer: [TokenSigner]
    let other: TokenSigner
    let portals: [TokenSigner]
    let stranger: TokenSigner
    let shared: TokenSigner

    init() {
      do {
        let ed = try TokenSigner.ed("https://a.example")
        let rsa = Key.rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        issuer = [
          ed, try TokenSigner.ec("https://a.example"),
          TokenSigner("https://a.example", "rsa", "RS256", rsa),
        ]
        other = try TokenSigner.ed("https://b.example")
        portals = [try TokenSigner.ed("portal-a"), try TokenSigner.ec("portal-b")]
        stranger = try TokenSigner.ed("nobody")
        shared = TokenSigner(ed.owner, ed.id, "HS256", .shared(Array(ed.jwk.utf8)))
      } catch {
        fatalError("Keys of a fixed seed are keys: \(error)")
      }
    }

    /// All but RSA, which would take most of the time.
    var quick: [TokenSigner] {
      [issuer[0], issuer[1], other, portals[0], portals[1], stranger, shared]
    }
  }

  /// The public key as a JWK.
  var jwk: String {
    func text(_ bytes: some Sequence<UInt8>) -> String { Self.text(Array(bytes)) }
    switch key {
    case .ed(let key):
      let x = text(key.publicKey.rawRepresentation)
      return #"{"kty":"OKP","crv":"Ed25519","kid":"\#(id)","x":"\#(x)"}"#
    case .ec(let key):
      let point = Array(key.publicKey.rawRepresentation)
      return """
        {"kty":"EC","crv":"P-256","kid":"\(id)","x":"\(text(point[..<32]))",\
        "y":"\(text(point[32...]))"}
        """
    case .rsa(let key):
      guard let numbers = try? key.publicKey.getKeyPrimitives() else {
        fatalError("a key without numbers")
      }
      return """
        {"kty":"RSA","kid":"\(id)","n":"\(text(numbers.modulus))",\
        "e":"\(text(numbers.publicExponent))"}
        """
    case .shared: return "{}"
    }
  }

  /// Base64url without padding.
  static func text(_ bytes: [UInt8]) -> String {
    Base64.encode(bytes, urlSafe: true, padded: false)
  }

  /// A token of any header and claims.
  func sign(_ header: [UInt8], _ claims: [UInt8]) -> String {
    let signed = "\(Self.text(header)).\(Self.text(claims))"
    let bytes = Data(signed.utf8)
    do {
      let signature: [UInt8] =
        switch key {
        case .ed(let key): Array(try key.signature(for: bytes))
        case .ec(let key): Array(try key.signature(for: bytes).rawRepresentation)
        case .rsa(let key):
          Array(
            try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
              .rawRepresentation
          )
        case .shared(let secret):
          Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: secret)))
        }
      return "\(signed).\(Self.text(signature))"
    } catch {
      fatalError("a key does not sign: \(error)")
    }
  }

  /// A token with the header that the key wants.
  func sign(_ claims: String) -> String {
    sign(Array(#"{"alg":"\#(algorithm)","kid":"\#(id)"}"#.utf8), Array(claims.utf8))
  }
}
