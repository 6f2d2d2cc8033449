package import Messages
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

extension Keyring {
  /// An admission with this service's signature, alone in its tree.
  ///
  /// - Throws: If the key cannot sign.
  package func admission(
    number: String,
    hall: String,
    itemCode: String,
    itemVersion: Int64,
    acceptedOn: String
  ) throws -> IntakeV1.Admission {
    let admission = IntakeV1.Admission(
      number: number,
      hall: hall,
      itemCode: itemCode,
      itemVersion: itemVersion,
      acceptedOn: acceptedOn
    )
    return try admissions([admission])[0]
  }
}
