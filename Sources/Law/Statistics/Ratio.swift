/// A quotient of two sums, kept exact.
///
/// Two ratios are equal if their parts are: 2/4 is another count than 1/2.
package struct Ratio: Sendable, Hashable {
  /// What is divided.
  package var numerator: Int

  /// By what; 0 if there was nothing to count.
  package var denominator: Int

  package init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// The quotient; nil if the denominator is 0.
  package var value: Double? {
    denominator == 0 ? nil : Double(numerator) / Double(denominator)
  }

  /// The quotient in hundredths of a per cent, rounded half away from 0; nil without a denominator.
  package var basisPoints: Int? {
    guard denominator != 0 else { return nil }
    let doubled = numerator * 20_000 / denominator
    return (doubled + (doubled < 0 ? -1 : 1)) / 2
  }
}
