/// Everything outside a service that differs from run to run.
///
/// A service receives one value of this type when it is made and reads time, identifiers and
/// randomness from nowhere else. `HouseTests.SurroundingsTests` rejects any other source.
package struct Surroundings: Sendable {
  /// The hall's present: what law and records go by.
  ///
  /// A demo may shift it.
  package var hallNow: @Sendable () -> Instant

  /// The real present: what tokens, passes, rate limits, deadlines and idempotency go by.
  package var realNow: @Sendable () -> Instant

  /// Unpredictable bytes, as many as asked for.
  package var randomBytes: @Sendable (Int) -> [UInt8]

  /// The hall's legal time.
  package var legalTime: LegalTime

  package init(
    hallNow: @escaping @Sendable () -> Instant,
    realNow: @escaping @Sendable () -> Instant,
    randomBytes: @escaping @Sendable (Int) -> [UInt8],
    legalTime: LegalTime = .beijing
  ) {
    self.hallNow = hallNow
    self.realNow = realNow
    self.randomBytes = randomBytes
    self.legalTime = legalTime
  }

  /// A fresh identifier: 26 characters of Crockford's base 32, ascending in real time.
  ///
  /// - Source: the ULID specification; 48 bits of time, 80 bits of randomness.
  package func nextIdentifier() -> String {
    let time = UInt64(bitPattern: realNow().unixMilliseconds)
    let random = randomBytes(10)
    return String(unsafeUninitializedCapacity: 26) { text in
      var written = 0
      // 130 bits are written, the first two of which are always 0.
      var buffer: UInt32 = 0
      var bits = 2
      for index in 0..<16 {
        let byte =
          index < 6
          ? UInt8(truncatingIfNeeded: time >> (40 - 8 * UInt64(index)))
          : random[index - 6]
        buffer = buffer << 8 | UInt32(byte)
        bits += 8
        while bits >= 5 {
          bits -= 5
          text[written] = Self.digit(UInt8(buffer >> UInt32(bits) & 31))
          written += 1
        }
        buffer &= (1 << UInt32(bits)) - 1
      }
      return written
    }
  }

  /// A digit of Crockford's base 32, which leaves out I, L, O and U.
  private static func digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<10: 0x30 + value
    case 10..<18: 0x41 + value - 10
    case 18..<20: 0x4A + value - 18
    case 20..<22: 0x4D + value - 20
    case 22..<27: 0x50 + value - 22
    default: 0x56 + value - 27
    }
  }
}
