internal import Kernel

/// Decides whether a text has the form that its field's rule names.
package struct FormatChecker: Sendable {
  private let citizenNumber: @Sendable (String) -> Bool
  private let creditCode: @Sendable (String) -> Bool

  /// A checker whose two check-digit rules are given by who knows the law.
  package init(
    citizenNumber: @escaping @Sendable (String) -> Bool,
    creditCode: @escaping @Sendable (String) -> Bool
  ) {
    self.citizenNumber = citizenNumber
    self.creditCode = creditCode
  }

  func accepts(_ text: String, as format: RuleV1.Format) -> Bool {
    switch format {
    case .day: Day(iso: text) != nil
    case .sha256: text.utf8.count == 64 && text.utf8.allSatisfy(Self.isLowerHex)
    case .code: text.utf8.count <= 64 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    case .citizenNumber: citizenNumber(text)
    case .creditCode: creditCode(text)
    case .queryCode: text.utf8.count == 6 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    case .unspecified, .unrecognized: true
    }
  }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}
