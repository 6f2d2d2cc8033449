internal import Crypto
internal import FoundationEssentials
internal import Messages

/// Seals a store's personal columns at rest and finds them again by keyed hash.
///
/// Each store has a key of its own. Sealed bytes begin with the number of their algorithm, so
/// that another (for example SM4) can come later.
package struct Seal: Sendable {
  /// AES-256-GCM with a random nonce of 12 bytes.
  private static let aes256GCM: UInt8 = 1

  /// Why sealed bytes could not be opened.
  package enum Fault: Error, Sendable, Hashable {
    /// The algorithm's number is not known.
    case unknownAlgorithm(UInt8)
    /// The bytes were changed or sealed with another key.
    case notAuthentic
  }

  /// What the seal is made of, so that a copy of it costs one reference.
  private final class Keys: Sendable {
    let encryption: SymmetricKey
    let hash: KeyedHash

    init(_ encryption: SymmetricKey, _ hash: KeyedHash) {
      self.encryption = encryption
      self.hash = hash
    }
  }

  private let keys: Keys
  private var encryptionKey: SymmetricKey { keys.encryption }
  private var hashKey: KeyedHash { keys.hash }

  /// Makes a seal from a key of 32 bytes.
  package init(key: [UInt8]) {
    precondition(key.count == 32, "A sealing key has 32 bytes.")
    let root = SymmetricKey(data: key)
    let encryption = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: root,
      info: Array("onedoor seal v1".utf8),
      outputByteCount: 32
    )
    let hash = KeyedHash(
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: root,
        info: Array("onedoor hash v1".utf8),
        outputByteCount: 32
      ).withUnsafeBytes(Array.init)
    )
    keys = Keys(encryption, hash)
  }

  /// Seals bytes with a nonce of 12 bytes that is never used twice.
  package func seal(_ bytes: [UInt8], nonce: [UInt8]) throws -> [UInt8] {
    let box = try AES.GCM.seal(bytes, using: encryptionKey, nonce: AES.GCM.Nonce(data: nonce))
    guard let combined = box.combined else {
      preconditionFailure("A box with a nonce of 12 bytes is combined.")
    }
    var sealed: [UInt8] = []
    sealed.reserveCapacity(1 + combined.count)
    sealed.append(Self.aes256GCM)
    combined.withUnsafeBytes { sealed.append(contentsOf: $0) }
    return sealed
  }

  /// Opens sealed bytes.
  ///
  /// - Throws: ``Fault``.
  package func open(_ sealed: [UInt8]) throws(Fault) -> [UInt8] {
    guard let algorithm = sealed.first, algorithm == Self.aes256GCM else {
      throw .unknownAlgorithm(sealed.first ?? 0)
    }
    do {
      let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
      return Array(try AES.GCM.open(box, using: encryptionKey))
    } catch {
      throw .notAuthentic
    }
  }

  /// The keyed hash by which a sealed value is found: HMAC-SHA256, 32 bytes.
  ///
  /// - Parameters:
  ///   - purpose: What the hash is for, so that two purposes never share one.
  ///   - bytes: The value.
  /// - Returns: 32 bytes.
  package func hash(_ purpose: String, _ bytes: [UInt8]) -> [UInt8] {
    var message = Array(purpose.utf8)
    message.reserveCapacity(message.count + 1 + bytes.count)
    message.append(0)
    message += bytes
    return hashKey.hash(message)
  }
}

extension Seal {
  /// The keyed hash by which a call with the same key is known to ask the same.
  ///
  /// Keyed, since a request may hold nothing that is hard to guess but a person's number.
  func bodyHash(_ request: any Message) -> [UInt8] { hash("body", request.encode()) }
}

/// HMAC-SHA256 with the key's own two blocks hashed once, which is half of the work for a short
/// message.
///
/// - Source: RFC 2104, section 4 (implementation note)
struct KeyedHash: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  /// Takes a key of at most 64 bytes, the block of SHA-256.
  init(_ key: [UInt8]) {
    precondition(key.count <= 64, "A longer key would have to be hashed first.")
    func begun(_ pad: UInt8) -> SHA256 {
      var block = [UInt8](repeating: pad, count: 64)
      for (index, byte) in key.enumerated() { block[index] ^= byte }
      var hasher = SHA256()
      hasher.update(data: block)
      return hasher
    }
    inner = begun(0x36)
    outer = begun(0x5C)
  }

  /// The hash of a message, 32 bytes.
  func hash(_ message: [UInt8]) -> [UInt8] {
    var inner = inner
    inner.update(data: message)
    var outer = outer
    inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
    return Array(outer.finalize())
  }
}
