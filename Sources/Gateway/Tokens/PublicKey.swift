internal import FoundationEssentials
internal import JWTKit

/// A public key that signs tokens, bound to the one algorithm for which its type stands.
///
/// - Source: RFC 7517, RFC 7518, RFC 8037; docs/rules/door.md, D5.
struct PublicKey: Sendable {
  /// Why a JWK is not taken.
  struct Fault: Error, Sendable, Hashable {
    var zh: String
    var en: String
  }

  /// The `alg` that a token's header must name: `EdDSA`, `ES256` or `RS256`.
  let algorithm: String
  private let key: any JWTAlgorithm

  /// Whether a signature is this key's over some bytes.
  func isSignature(_ signature: some DataProtocol, of bytes: some DataProtocol) -> Bool {
    (try? key.verify(signature, signs: bytes)) ?? false
  }

  /// Reads a JWK.
  ///
  /// JWTKit gives a key out of its collection alone, which is an actor; verifying needs no waiting
  /// any more.
  init(jwk: JWK) async throws(Fault) {
    let (jwk, algorithm) = try Self.checked(jwk)
    do {
      let collection = try await JWTKeyCollection().add(jwk: jwk)
      key = try await collection.getKey(for: jwk.keyIdentifier, alg: algorithm.rawValue)
    } catch {
      throw Fault(zh: "密钥数据有误", en: "its numbers are no key")
    }
    self.algorithm = algorithm.rawValue
  }

  /// Reads a JWK in JSON.
  init(json: String) async throws(Fault) {
    try await self.init(jwk: try Self.parse(json))
  }

  /// What is wrong with a JWK in JSON; nil if it can be used.
  static func fault(inJWK json: String) -> Fault? {
    do throws(Fault) {
      let (jwk, _) = try checked(try parse(json))
      do {
        switch jwk.keyType {
        case .octetKeyPair: _ = try EdDSA.PublicKey(x: jwk.x ?? "", curve: .ed25519)
        case .ecdsa: _ = try ES256PublicKey(parameters: (jwk.x ?? "", jwk.y ?? ""))
        default:
          _ = try Insecure.RSA.PublicKey(modulus: jwk.modulus ?? "", exponent: jwk.exponent ?? "")
        }
      } catch {
        throw Fault(zh: "密钥数据有误", en: "its numbers are no key")
      }
      return nil
    } catch {
      return error
    }
  }

  private static func parse(_ json: String) throws(Fault) -> JWK {
    do {
      return try JWK(json: json)
    } catch {
      throw Fault(zh: "不是 JWK", en: "it is no JWK")
    }
  }

  /// The public part of a JWK under one of our three algorithms.
  private static func checked(_ jwk: JWK) throws(Fault) -> (JWK, JWK.Algorithm) {
    guard jwk.privateExponent == nil else {
      throw Fault(zh: "含有私钥", en: "it holds the private key")
    }
    let algorithm: JWK.Algorithm
    switch (jwk.keyType, jwk.curve?.rawValue) {
    case (.octetKeyPair, EdDSACurve.ed25519.rawValue): algorithm = .eddsa
    case (.ecdsa, ECDSACurve.p256.rawValue): algorithm = .es256
    case (.rsa, nil): algorithm = .rs256
    default: throw Fault(zh: "不支持的密钥类型", en: "its type is not supported")
    }
    guard jwk.algorithm == nil || jwk.algorithm == algorithm else {
      throw Fault(zh: "不支持的算法", en: "its algorithm is not supported")
    }
    var checked = jwk
    checked.algorithm = algorithm
    checked.keyIdentifier = jwk.keyIdentifier ?? JWKIdentifier(string: "only")
    return (checked, algorithm)
  }
}
