internal import Messages

/// Who may send and fetch materials: the one declaration for the routes that are no calls.
///
/// - Source: contract.md, "Gateway"; docs/rules/door.md, D3.
enum MaterialsAccess {
  /// Before the digest.
  static let prefix = "/materials/"
  /// The service that keeps them.
  static let upstream = "intake"
  /// The verbs.
  static let allow = "GET, PUT"

  /// Those who may attach what they send.
  private static let senders = IntakeV1.IntakeService.attachMaterial.access?.roles ?? []
  /// Those who may see the application.
  private static let readers = IntakeV1.IntakeService.getApplication.access?.roles ?? []

  /// The roles for a verb; nil if the verb is not served.
  static func roles(for verb: String) -> Set<AccessV1.Role>? {
    switch verb {
    case "PUT": Set(senders)
    case "GET": Set(readers)
    default: nil
    }
  }

  /// The digest in a path, 64 lower-case hexadecimal digits; nil if there is none.
  static func digest(of path: String) -> String? {
    let digest = path.dropFirst(prefix.count)
    let isDigest =
      digest.utf8.count == 64
      && digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isDigest ? String(digest) : nil
  }
}
