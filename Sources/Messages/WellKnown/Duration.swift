extension GoogleProtobuf.Duration {
  /// About 10,000 years either way, which the contract allows.
  static let range: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

  /// The duration of milliseconds.
  package init(milliseconds: Int64) {
    self.init(seconds: milliseconds / 1_000, nanos: Int32(milliseconds % 1_000) * 1_000_000)
  }

  /// The duration in milliseconds, rounded towards zero; beyond 10,000 years it is cut.
  package var milliseconds: Int64 {
    let seconds = min(max(self.seconds, Self.range.lowerBound), Self.range.upperBound)
    return seconds * 1_000 + Int64(nanos / 1_000_000)
  }

  private var isValid: Bool {
    Self.range.contains(seconds) && (-999_999_999...999_999_999).contains(nanos)
      && (seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0))
  }

  /// True: the JSON is a text.
  package static var hasOwnJSON: Bool { true }

  /// Appends seconds with 0, 3, 6 or 9 decimals and `s`.
  package func writeJSON(to writer: inout JSONWriter) {
    if !isValid { writer.fail(.timeOutOfRange) }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    let fraction = Digits.fraction(Int32(min(nanos.magnitude, 999_999_999)))
    writer.text("\(sign)\(seconds.magnitude)\(fraction)s")
  }

  /// Reads a text such as `-1.5s`.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .string(let text) = reader.current else { return reader.fault(.type(.duration)) }
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    guard rest.popLast() == UInt8(ascii: "s") else { return reader.fault(.unreadable(.duration)) }
    let whole = rest.prefix { $0 != UInt8(ascii: ".") }
    let fraction = rest.dropFirst(whole.count)
    guard let seconds = Digits.number(whole),
      let nanos = fraction.isEmpty ? 0 : Digits.nanos(fraction.dropFirst())
    else { return reader.fault(.unreadable(.duration)) }
    let value = Self(
      seconds: isNegative ? -seconds : seconds,
      nanos: isNegative ? -nanos : nanos
    )
    return value.isValid ? value : reader.fault(.outOfRange(min: nil, max: nil))
  }

  /// Refuses what lies outside 10,000 years or whose two parts have different signs.
  package func check(_: FieldSpec, by validator: inout Validator) {
    if !isValid { validator.add(.outOfRange(min: nil, max: nil)) }
  }
}
