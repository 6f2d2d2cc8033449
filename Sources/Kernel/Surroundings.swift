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
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    let time = UInt64(bitPattern: realNow().unixMilliseconds)
    var bytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> (40 - 8 * UInt64($0))) }
    bytes += randomBytes(10)
    var characters: [UInt8] = []
    characters.reserveCapacity(26)
    // 130 bits are written, the first two of which are always 0.
    var buffer: UInt32 = 0
    var bits = 2
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        characters.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
      }
      buffer &= (1 << UInt32(bits)) - 1
    }
    return String(decoding: characters, as: UTF8.self)
  }
}
