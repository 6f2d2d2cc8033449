package import Messages

/// The admission: the proof that a case came through the door, signed by intake.
///
/// - Source: docs/rules/door.md, rule D2.
extension Keyring {
  /// The service whose key signs admissions.
  package static let admitting = "intake"

  /// An admission with this service's signature.
  ///
  /// - Throws: `CryptoKitError` if the key cannot sign.
  package func admission(
    number: String,
    hall: String,
    itemCode: String,
    itemVersion: Int64,
    acceptedOn: String
  ) throws -> IntakeV1.Admission {
    let key = signingKey
    var admission = IntakeV1.Admission(
      number: number,
      hall: hall,
      itemCode: itemCode,
      itemVersion: itemVersion,
      acceptedOn: acceptedOn,
      keyId: key.id,
      alg: Self.algorithm
    )
    admission.signature = try key.sign(admission.signedBytes)
    return admission
  }

  /// Whether an admission is signed by intake over exactly what it says.
  package func isValid(_ admission: IntakeV1.Admission) -> Bool {
    admission.alg == Self.algorithm && Self.service(of: admission.keyId) == Self.admitting
      && isSignature(
        admission.signature,
        of: admission.signedBytes,
        by: admission.keyId,
        isRecord: true
      )
  }
}

extension IntakeV1.Admission {
  /// What the signature covers: the fields before it, each with its length in four bytes, in the
  /// order of the contract.
  fileprivate var signedBytes: [UInt8] {
    var bytes: [UInt8] = []
    for field in [number, hall, itemCode, String(itemVersion), acceptedOn, keyId, alg] {
      withUnsafeBytes(of: UInt32(field.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: field.utf8)
    }
    return bytes
  }
}
