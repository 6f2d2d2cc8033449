/// How long a caller waits for an answer, as `connect-timeout-ms` says it.
///
/// - Unit: milliseconds, 1 to 9,999,999,999.
/// - Source: Connect protocol, "Unary-Request", Timeout-Milliseconds.
package struct Timeout: Sendable, Hashable, Comparable {
  /// The most digits that the header may have.
  package static let maximumDigits = 10

  /// The time that is left.
  package let milliseconds: Int64

  /// Creates a timeout; nil if nothing is left.
  ///
  /// More than ten digits are cut to the longest that the header can say.
  package init?(milliseconds: Int64) {
    guard milliseconds > 0 else { return nil }
    self.milliseconds = min(milliseconds, 9_999_999_999)
  }

  /// Reads the header's value; nil if it is not a positive number of at most ten digits.
  package init?(header value: some Collection<UInt8>) {
    guard (1...Self.maximumDigits).contains(value.count) else { return nil }
    var milliseconds: Int64 = 0
    for digit in value {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      milliseconds = milliseconds * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    self.init(milliseconds: milliseconds)
  }

  /// The header's value.
  package var header: String { String(milliseconds) }

  package static func < (shorter: Self, longer: Self) -> Bool {
    shorter.milliseconds < longer.milliseconds
  }
}
