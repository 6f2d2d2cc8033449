internal import Messages
internal import Service

/// The key by which a portal is known: `odp_` and 43 characters of base64url.
struct PortalKey {
  /// How many random bytes a key has.
  static let byteCount = 32

  private static let prefix = "odp_"
  private static let length = 4 + 43

  /// The key as the portal sends it.
  let text: String

  /// A fresh key.
  init(randomBytes: [UInt8]) {
    text = Self.prefix + Base64.encode(randomBytes, urlSafe: true, padded: false)
  }

  /// A key that came; nil if no key looks like it.
  init?(_ text: String) {
    guard text.utf8.count == Self.length, text.hasPrefix(Self.prefix) else { return nil }
    self.text = text
  }

  /// What is kept of it.
  ///
  /// The key has 256 random bits, so a plain hash cannot be guessed back.
  var hash: [UInt8] { Digest.sha256(Array(text.utf8)) }
}
