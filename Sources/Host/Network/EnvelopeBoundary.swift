/// Knows whether a stream of bytes stands between two envelopes of the Connect protocol.
///
/// It looks at the prefixes alone, so it costs next to nothing.
/// - Source: the Connect protocol, "Streaming-Response": one byte of flags, four of length, payload.
struct EnvelopeBoundary {
  private static let prefixCount = 5
  private static let endOfStream: UInt8 = 2

  private var prefixSeen = 0
  private var length = 0
  private var payloadLeft = 0
  private var flags: UInt8 = 0

  /// Whether what came so far is whole envelopes.
  var isBetween: Bool { prefixSeen == 0 && payloadLeft == 0 }

  /// Whether the last envelope of the stream has begun.
  var isLast: Bool { flags & Self.endOfStream != 0 }

  /// Takes bytes, or those up to the end of the envelope that is open.
  ///
  /// - Returns: How many were taken.
  @discardableResult
  mutating func feed(_ bytes: [UInt8], toEndOfOne: Bool = false) -> Int {
    var position = 0
    while position < bytes.count {
      if payloadLeft > 0 {
        let count = min(payloadLeft, bytes.count - position)
        payloadLeft -= count
        position += count
      } else {
        takePrefix(bytes[position])
        position += 1
      }
      if toEndOfOne, isBetween { break }
    }
    return position
  }

  private mutating func takePrefix(_ byte: UInt8) {
    if prefixSeen == 0 { flags = byte } else { length = length << 8 | Int(byte) }
    prefixSeen += 1
    guard prefixSeen == Self.prefixCount else { return }
    payloadLeft = length
    prefixSeen = 0
    length = 0
  }
}
