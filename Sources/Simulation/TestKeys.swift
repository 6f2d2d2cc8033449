package import Service

/// Keys of the six services, the same in every test.
package enum TestKeys {
  /// The six, in the order of architecture.
  package static let services = [
    "gateway", "catalogue", "intake", "approval", "queueing", "monitoring",
  ]

  private static func privateKey(_ service: String) -> [UInt8] {
    Digest.sha256(Array("test key of \(service)".utf8))
  }

  /// The keyring of a service.
  package static func keyring(_ service: String) throws -> Keyring {
    var publicKeys: [String: [UInt8]] = [:]
    for name in services { publicKeys[name] = try Keyring.publicKey(of: privateKey(name)) }
    return try Keyring(
      service: service,
      privateKey: privateKey(service),
      publicKeys: publicKeys
    )
  }

  /// The seal of a service.
  package static func seal(_ service: String) -> Seal {
    Seal(key: Digest.sha256(Array("test seal of \(service)".utf8)))
  }
}
