package import Messages
internal import Storage

/// The admission: the proof that a case came through the door, signed by intake.
///
/// Those of one batch are the leaves of a tree whose root is signed once.
///
/// - Source: docs/rules/door.md, rule D2; docs/adr/0034-one-signature-for-a-batch-of-admissions.md
extension Keyring {
  /// The service whose key signs admissions.
  package static let admitting = "intake"

  /// The algorithm of admissions: a signature over the root of a tree of hashes.
  package static let treeAlgorithm = "ed25519-sha256-tree"

  /// How many admissions one signature may cover.
  package static let mostLeaves = 65_536

  /// What the signature of a root begins with, so that nothing else that is signed looks like it.
  private static let rootDomain = "onedoor admissions"

  /// Admissions with this service's signature, one for all of a tree.
  ///
  /// - Parameter unsigned: What is admitted; key, algorithm and proof are set.
  /// - Returns: The admissions, in the same order.
  /// - Throws: `CryptoKitError` if the key cannot sign.
  package func admissions(_ unsigned: [IntakeV1.Admission]) throws -> [IntakeV1.Admission] {
    guard unsigned.count <= Self.mostLeaves else {
      return try admissions(Array(unsigned.prefix(Self.mostLeaves)))
        + admissions(Array(unsigned.dropFirst(Self.mostLeaves)))
    }
    guard !unsigned.isEmpty else { return [] }
    let key = signingKey
    var admissions = unsigned
    for index in admissions.indices {
      admissions[index].keyId = key.id
      admissions[index].alg = Self.treeAlgorithm
      admissions[index].treeSize = UInt32(admissions.count)
      admissions[index].leafIndex = UInt32(index)
    }
    let tree = HashTree(admissions.map { HashTree.leaf($0.leafBytes) })
    let signature = try key.sign(Self.signedBytes(of: tree.root, admissions[0]))
    for index in admissions.indices {
      admissions[index].path = tree.path(of: index)
      admissions[index].signature = signature
    }
    return admissions
  }

  /// Whether an admission is signed by intake over exactly what it says.
  ///
  /// The algorithm that it names decides what has to be signed, and nothing else is tried.
  package func isValid(_ admission: IntakeV1.Admission) -> Bool {
    guard Self.service(of: admission.keyId) == Self.admitting else { return false }
    switch admission.alg {
    case Self.treeAlgorithm: return isSignedInTree(admission)
    case Self.algorithm:
      // From before there were trees, alone under its signature.
      return admission.treeSize == 0 && admission.leafIndex == 0 && admission.path.isEmpty
        && isSignature(
          admission.signature,
          of: admission.leafBytes,
          by: admission.keyId,
          isRecord: true
        )
    default: return false
    }
  }

  private func isSignedInTree(_ admission: IntakeV1.Admission) -> Bool {
    guard admission.treeSize <= Self.mostLeaves,
      let root = HashTree.root(
        from: HashTree.leaf(admission.leafBytes),
        at: admission.leafIndex,
        of: admission.treeSize,
        by: admission.path
      )
    else { return false }
    return isRootSignature(
      admission.signature,
      of: Self.signedBytes(of: root, admission),
      by: admission.keyId
    )
  }

  /// What the signature of a tree covers.
  private static func signedBytes(of root: [UInt8], _ admission: IntakeV1.Admission) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    let fields = [rootDomain, admission.alg, admission.keyId, String(admission.treeSize)]
    for field in fields { bytes.append(field: field.utf8) }
    bytes.append(field: root)
    return bytes
  }
}

/// A payload with an admission that is signed together with all others of its batch.
final class UnsignedAdmission: UnfinishedPayload {
  /// Nobody has signed it: the batch was run without the keyring's part.
  struct Unsigned: Error {}

  private let unsigned: IntakeV1.Admission
  private var signed: IntakeV1.Admission?
  private let payload: (IntakeV1.Admission) -> [UInt8]

  /// A payload that is made of the signed admission.
  init(_ admission: IntakeV1.Admission, payload: @escaping (IntakeV1.Admission) -> [UInt8]) {
    unsigned = admission
    self.payload = payload
  }

  var finished: [UInt8] {
    get throws {
      guard let signed else { throw Unsigned() }
      return payload(signed)
    }
  }

  /// Signs all admissions of a batch.
  ///
  /// - Throws: `CryptoKitError` if the key cannot sign.
  static func sign(_ payloads: [any UnfinishedPayload], with keyring: Keyring) throws {
    let admissions = payloads.compactMap { $0 as? UnsignedAdmission }
    let signed = try keyring.admissions(admissions.map(\.unsigned))
    for (admission, signed) in zip(admissions, signed) { admission.signed = signed }
  }
}

extension IntakeV1.Admission {
  /// What is proven: the fields up to the algorithm, each with its length in four bytes, in the
  /// order of the contract.
  fileprivate var leafBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(192)
    for field in [number, hall, itemCode, String(itemVersion), acceptedOn, keyId, alg] {
      bytes.append(field: field.utf8)
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(field: some Collection<UInt8>) {
    Swift.withUnsafeBytes(of: UInt32(field.count).bigEndian) { append(contentsOf: $0) }
    append(contentsOf: field)
  }
}
