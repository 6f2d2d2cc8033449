internal import Crypto
internal import Foundation
internal import Host
internal import Kernel
internal import Messages

/// Signs tokens (JWT, EdDSA) with the key that `up` makes for trying out.
struct DemoToken {
  /// The name of the key in `keys/private` and its id in the JWKS.
  static let keyName = "tokens"

  /// The issuer that the tokens name.
  static let issuer = "onedoor"

  /// Who the token says that its bearer is.
  var subject: String
  var name: String
  var roles: [String]
  var halls: [String]
  var posts: [String]
  /// How long it is valid, in seconds.
  var lifetime: Int64

  /// The token, signed.
  ///
  /// - Throws: ``Failure`` if the key is not there.
  func signed(by keys: KeyFolder, now: Instant) throws -> String {
    let key: [UInt8]
    do {
      key = try keys.secret(named: Self.keyName)
    } catch {
      throw Failure(.configuration, "no token key in \(keys.path); `onedoor up` makes one")
    }
    let seconds = now.unixMilliseconds / 1_000
    var claims = JSONWriter()
    claims.raw(#"{"iss":"#)
    claims.text(Self.issuer)
    claims.raw(#","sub":"#)
    claims.text(subject)
    claims.raw(#","name":"#)
    claims.text(name)
    for (key, values) in [("roles", roles), ("halls", halls), ("posts", posts)] {
      claims.raw(",\"\(key)\":[")
      for (index, value) in values.enumerated() {
        if index > 0 { claims.raw(",") }
        claims.text(value)
      }
      claims.raw("]")
    }
    claims.raw(",\"iat\":\(seconds),\"exp\":\(seconds + lifetime)}")
    let header = Array(#"{"alg":"EdDSA","typ":"JWT","kid":"\#(Self.keyName)"}"#.utf8)
    let signed = Self.base64(header) + "." + Self.base64(claims.bytes)
    let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: key)
      .signature(for: Array(signed.utf8))
    return signed + "." + Self.base64(Array(signature))
  }

  /// Makes the key and the file by which the gateway knows it, unless they are there.
  static func makeKey(in keys: KeyFolder, file: String, randomBytes: (Int) -> [UInt8]) throws {
    try keys.makeSecret(named: keyName, randomBytes: randomBytes)
    guard !FileManager.default.fileExists(atPath: file) else { return }
    let key = try Curve25519.Signing.PrivateKey(rawRepresentation: keys.secret(named: keyName))
    let x = base64(Array(key.publicKey.rawRepresentation))
    let text = """
      {"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"\(keyName)","x":"\(x)"}]}

      """
    try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    Base64.encode(bytes, urlSafe: true, padded: false)
  }
}
