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

  /// Whose certificate an operator's tools show; it has no key for passes.
  package static let operatorName = "operator"

  /// Whose certificate a program shows that only watches; it opens health and metrics alone.
  package static let watchName = "watch"

  /// How many verified passes are remembered.
  private static let rememberedPasses = 10_000

  /// How many roots of trees of admissions are remembered whose signature was verified.
  static let rememberedRoots = 1_000

  /// The service that this keyring belongs to.
  package let service: String

  /// Raw keys of 32 bytes.
  package struct Keys: Sendable, Hashable {
    /// The private key that the service signs with.
    package var signing: [UInt8]
    /// The public keys that are believed, by their id.
    package var publicKeys: [String: [UInt8]]
    /// Public keys that are believed for admissions of their time alone, by their id.
    package var retired: [String: [UInt8]]

    /// Puts keys together.
    package init(
      signing: [UInt8],
      publicKeys: [String: [UInt8]],
      retired: [String: [UInt8]] = [:]
    ) {
      self.signing = signing
      self.publicKeys = publicKeys
      self.retired = retired
    }

    /// The id of the key that a service signs with; nil if its public half is not among the others.
    package func signingID(of service: String) -> String? {
      guard let own = try? Keyring.publicKey(of: signing) else { return nil }
      return publicKeys.first { $0.value == own && Keyring.service(of: $0.key) == service }?.key
    }
  }

  private struct State {
    let signingKey: Curve25519.Signing.PrivateKey
    let signingID: String
    let publicKeys: [String: Curve25519.Signing.PublicKey]
    let retired: [String: Curve25519.Signing.PublicKey]
    var verified: [String: Pass] = [:]
    /// What was signed and the signature, one behind the other.
    var roots: Set<[UInt8]> = []
    /// How many signatures of roots were looked at.
    var checkedRoots = 0

    init(_ keys: Keys, of service: String) throws {
      signingKey = try Curve25519.Signing.PrivateKey(rawRepresentation: keys.signing)
      signingID = keys.signingID(of: service) ?? service
      publicKeys = try keys.publicKeys.mapValues {
        try Curve25519.Signing.PublicKey(rawRepresentation: $0)
      }
      retired = try keys.retired.mapValues {
        try Curve25519.Signing.PublicKey(rawRepresentation: $0)
      }
    }

    /// The public key of an id, for old records also a retired one.
    func key(_ id: String, isRecord: Bool) -> Curve25519.Signing.PublicKey? {
      publicKeys[id] ?? (isRecord ? retired[id] : nil)
    }
  }

  private let state: Mutex<State>
  private let exchanges = Atomic(0)

  /// How many times the keys were exchanged.
  var generation: Int { exchanges.load(ordering: .acquiring) }

  /// Makes a keyring.
  ///
  /// - Throws: `CryptoKitError` if a key is not one.
  package init(service: String, keys: Keys) throws {
    self.service = service
    state = Mutex(try State(keys, of: service))
  }

  /// Makes a keyring from raw keys of 32 bytes.
  ///
  /// - Throws: `CryptoKitError` if a key is not one.
  package convenience init(
    service: String,
    privateKey: [UInt8],
    publicKeys: [String: [UInt8]]
  ) throws {
    try self.init(service: service, keys: Keys(signing: privateKey, publicKeys: publicKeys))
  }

  /// Uses other keys from now on; what the old ones verified is verified anew.
  ///
  /// - Throws: `CryptoKitError` if a key is not one; the old keys stay then.
  package func replace(with keys: Keys) throws {
    let fresh = try State(keys, of: service)
    state.withLock { $0 = fresh }
    exchanges.wrappingAdd(1, ordering: .releasing)
  }

  /// The service that a key belongs to: its id up to the first point.
  package static func service(of keyID: String) -> String {
    String(keyID.prefix { $0 != "." })
  }

  /// The id of the key that the service signs with.
  package var signingID: String { state.withLock { $0.signingID } }

  /// The key that the service signs with, and its id, which belong together also while keys are
  /// being exchanged.
  var signingKey: (id: String, sign: ([UInt8]) throws -> [UInt8]) {
    let (key, id) = state.withLock { ($0.signingKey, $0.signingID) }
    return (id, { Array(try key.signature(for: $0)) })
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
    try signingKey.sign(bytes)
  }

  /// Whether a signature is that of the key with this id over these bytes.
  ///
  /// - Parameters:
  ///   - signature: 64 bytes.
  ///   - bytes: What was signed.
  ///   - keyID: The id of the key.
  ///   - isRecord: Whether it is an old record, for which retired keys count too.
  /// - Returns: Whether it is.
  package func isSignature(
    _ signature: [UInt8],
    of bytes: [UInt8],
    by keyID: String,
    isRecord: Bool = false
  ) -> Bool {
    let key = state.withLock { $0.key(keyID, isRecord: isRecord) }
    return key?.isValidSignature(signature, for: bytes) ?? false
  }

  /// Whether a signature is that of the key with this id over a root of admissions, an old record.
  ///
  /// A valid one is remembered, so that it is verified once for all admissions that it covers.
  ///
  /// - Parameters:
  ///   - signature: 64 bytes.
  ///   - bytes: What was signed; it names key and root.
  ///   - keyID: The id of the key.
  /// - Returns: Whether it is.
  func isRootSignature(_ signature: [UInt8], of bytes: [UInt8], by keyID: String) -> Bool {
    let known = bytes + signature
    if state.withLock({ $0.roots.contains(known) }) { return true }
    let key = state.withLock { state in
      state.checkedRoots += 1
      return state.key(keyID, isRecord: true)
    }
    guard let key, key.isValidSignature(signature, for: bytes) else { return false }
    state.withLock { state in
      // Keys may have been exchanged since the signature was looked at.
      guard state.key(keyID, isRecord: true)?.rawRepresentation == key.rawRepresentation else {
        return
      }
      if state.roots.count >= Self.rememberedRoots {
        state.roots.removeAll(keepingCapacity: true)
      }
      state.roots.insert(known)
    }
    return true
  }

  /// How many roots are remembered now.
  var knownRoots: Int { state.withLock { $0.roots.count } }

  /// How many signatures of roots were looked at since the keys were exchanged.
  var checkedRoots: Int { state.withLock { $0.checkedRoots } }

  /// The pass as a header value.
  package func seal(_ pass: Pass) throws -> String {
    let key = signingKey
    var message = pass.message
    if pass.issuer == service { message.keyId = key.id }
    let bytes = message.encode()
    return try Self.text(bytes) + "." + Self.text(key.sign(bytes))
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
    if let known = state.withLock({ $0.verified[header] }) {
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
    guard pass.issuer == Self.gateway || pass.isServices || pass.isOperators else { throw .bypass }
    guard now < pass.expiresAt else { throw .passExpired }
    state.withLock { state in
      // Keys may have been exchanged since the signature was looked at.
      guard state.publicKeys[message.keyId] != nil else { return }
      // Passes live for minutes, so starting over now and then costs little and bounds memory.
      if state.verified.count >= Self.rememberedPasses {
        state.verified.removeAll(keepingCapacity: true)
      }
      state.verified[header] = pass
    }
    return pass
  }
}
