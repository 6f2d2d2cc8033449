internal import Law
package import Messages

extension FormatChecker {
  /// Checks identity and credit codes by the standards (GB 11643-1999, GB 32100-2015).
  package static let law = Self { format, text in
    switch format {
    case .citizenNumber: CitizenNumber(text) != nil
    case .creditCode: CreditCode(text) != nil
    default: true
    }
  }
}
