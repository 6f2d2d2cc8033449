package import Kernel

extension GoogleProtobuf.Timestamp {
  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, which the contract allows.
  static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// The timestamp of an instant.
  package init(_ instant: Instant) {
    let (seconds, rest) = Self.floorDivide(instant.unixMilliseconds, by: 1_000)
    self.init(seconds: seconds, nanos: Int32(rest) * 1_000_000)
  }

  /// The instant, rounded down to milliseconds; what lies outside the years 1 to 9999 is moved to
  /// their edge.
  package var instant: Instant {
    let seconds = min(max(self.seconds, Self.range.lowerBound), Self.range.upperBound)
    let milliseconds = Self.floorDivide(Int64(nanos), by: 1_000_000).quotient
    return Instant(unixMilliseconds: seconds * 1_000 + milliseconds)
  }

  private static func floorDivide(
    _ value: Int64,
    by divisor: Int64
  ) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private var isValid: Bool {
    Self.range.contains(seconds) && (0...999_999_999).contains(nanos)
  }

  /// True: the JSON is a text.
  package static var hasOwnJSON: Bool { true }

  /// Appends RFC 3339 in UTC with 0, 3, 6 or 9 decimals.
  package func writeJSON(to writer: inout JSONWriter) {
    if !isValid { writer.fail(.timeOutOfRange) }
    let seconds = min(max(self.seconds, Self.range.lowerBound), Self.range.upperBound)
    let (day, second) = Self.floorDivide(seconds, by: 86_400)
    let time = [second / 3_600, second / 60 % 60, second % 60].map { Digits.padded($0, to: 2) }
    let date = Day(epochDay: Int32(day)).description
    let fraction = Digits.fraction(min(max(nanos, 0), 999_999_999))
    writer.text("\(date)T\(time.joined(separator: ":"))\(fraction)Z")
  }

  /// Reads RFC 3339.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .string(let text) = reader.current else { return reader.fault(.type(.time)) }
    guard let value = Self(rfc3339: text) else { return reader.fault(.unreadable(.time)) }
    guard range.contains(value.seconds) else {
      return reader.fault(.outOfRange(min: nil, max: nil))
    }
    return value
  }

  /// Refuses what lies outside the years 1 to 9999 or has impossible nanoseconds.
  package func check(_: FieldSpec, by validator: inout Validator) {
    if !isValid { validator.add(.outOfRange(min: nil, max: nil)) }
  }

  /// A time such as `2026-03-02T09:30:00.5+08:00`; nil for any other form.
  private init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let day = Day(iso: String(decoding: bytes[0..<10], as: UTF8.self)),
      let hour = Digits.number(bytes[11..<13]), hour < 24,
      let minute = Digits.number(bytes[14..<16]), minute < 60,
      let second = Digits.number(bytes[17..<19]), second < 60
    else { return nil }
    var rest = bytes[19...]
    var nanos: Int32 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard let fraction = Digits.nanos(digits) else { return nil }
      nanos = fraction
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = Self.offset(rest) else { return nil }
    let time = hour * 3_600 + minute * 60 + second
    self.init(seconds: Int64(day.epochDay) * 86_400 + time - offset, nanos: nanos)
  }

  /// The seconds that `Z` or `+08:00` lies ahead of UTC.
  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
    if bytes.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
    let zone = Array(bytes)
    guard zone.count == 6, zone[3] == UInt8(ascii: ":"),
      zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
      let hours = Digits.number(zone[1..<3]), hours < 24,
      let minutes = Digits.number(zone[4..<6]), minutes < 60
    else { return nil }
    return (zone[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}
