internal import Crypto
internal import FoundationEssentials
package import Kernel
internal import Messages
internal import Synchronization

/// A service's own signing key and the public keys of all six.
///
/// Only the gateway's key attests people. A key of another service attests that service alone,
/// and only towards FeedService.
package final class Keyring: Sendable {
  /// The algorithm of all signatures.
  package static let algorithm = "ed25519"

  /// The service whose key attests people.
  package static let gateway = "gateway"

  /// How many verified passes are remembered.
  private static let rememberedPasses = 10_000

  /// The service that this keyring belongs to.
  package let service: String

  private let signingKey: Curve25519.Signing.PrivateKey
  private let publicKeys: [String: Curve25519.Signing.PublicKey]
  private let verified = Mutex<[String: Pass]>([:])

  /// Makes a keyring from raw keys of 32 bytes.
  ///
  /// - Throws: `CryptoKitError` if a key is not one.
  package init(service: String, privateKey: [UInt8], publicKeys: [String: [UInt8]]) throws {
    self.service = service
    signingKey = try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey)
    self.publicKeys = try publicKeys.mapValues {
      try Curve25519.Signing.PublicKey(rawRepresentation: $0)
    }
  }

  /// The public key, 32 bytes, that belongs to a private key of 32 bytes.
  ///
  /// - Throws: `CryptoKitError` if the key is not one.
  package static func publicKey(of privateKey: [UInt8]) throws -> [UInt8] {
    Array(
      try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey).publicKey.rawRepresentation
    )
  }

  /// Signs bytes with the service's own key.
  ///
  /// - Returns: 64 bytes.
  package func sign(_ bytes: [UInt8]) throws -> [UInt8] {
    Array(try signingKey.signature(for: bytes))
  }

  /// Whether a signature is that of the key with this id over these bytes.
  package func isSignature(_ signature: [UInt8], of bytes: [UInt8], by keyID: String) -> Bool {
    publicKeys[keyID]?.isValidSignature(signature, for: bytes) ?? false
  }

  /// The pass as a header value.
  package func seal(_ pass: Pass) throws -> String {
    let bytes = pass.message.encode()
    return try Self.text(bytes) + "." + Self.text(sign(bytes))
  }

  private static func text(_ bytes: [UInt8]) -> String {
    Base64.encode(bytes, urlSafe: true, padded: false)
  }

  /// The pass of a header value, if it is genuine and its time is not over.
  ///
  /// The signature is verified once per pass; what was verified is remembered.
  ///
  /// - Throws: ``Refusal/bypass`` or ``Refusal/passExpired``.
  package func pass(of header: String, now: Instant) throws(Refusal) -> Pass {
    if let known = verified.withLock({ $0[header] }) {
      guard now < known.expiresAt else { throw .passExpired }
      return known
    }
    let halves = header.split(separator: ".", omittingEmptySubsequences: false)
    guard halves.count == 2,
      let payload = Base64.decode(halves[0]),
      let signature = Base64.decode(halves[1]),
      let message = try? AccessV1.Pass.decode(payload),
      message.alg == Self.algorithm,
      isSignature(signature, of: payload, by: message.keyId)
    else { throw .bypass }
    let pass = Pass(message)
    guard pass.issuer == Self.gateway || pass.roles == [.service] && pass.subject == pass.issuer
    else { throw .bypass }
    guard now < pass.expiresAt else { throw .passExpired }
    verified.withLock { verified in
      // Passes live for minutes, so starting over now and then costs little and bounds memory.
      if verified.count >= Self.rememberedPasses { verified.removeAll(keepingCapacity: true) }
      verified[header] = pass
    }
    return pass
  }
}
