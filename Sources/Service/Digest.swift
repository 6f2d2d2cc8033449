internal import Crypto
internal import Storage

/// SHA-256.
package enum Digest {
  /// The digest of some bytes, 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(data: bytes))
  }

  /// The digest as lower-case hexadecimal digits.
  package static func hex(_ digest: [UInt8]) -> String {
    Hexadecimal.text(digest)
  }

  /// A digest of bytes that come piece by piece.
  package struct Stream: Sendable {
    private var hasher = SHA256()

    package init() {}

    /// Takes the next piece.
    package mutating func update(_ bytes: [UInt8]) {
      hasher.update(data: bytes)
    }

    /// The digest of all pieces so far, 32 bytes.
    package func finalize() -> [UInt8] { Array(hasher.finalize()) }
  }
}
