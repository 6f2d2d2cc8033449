internal import Law
package import Messages

extension FormatChecker {
  /// Checks identity and credit codes by the standards (GB 11643-1999, GB 32100-2015).
  package static let law = Self(
    citizenNumber: { CitizenNumber($0) != nil },
    creditCode: { CreditCode($0) != nil }
  )
}
