/// One message of a stream with its frame of five bytes.
///
/// - Source: Connect protocol, "Streaming RPCs", Enveloped-Message.
package struct Envelope: Sendable, Hashable {
  /// What the first byte of an envelope says.
  package struct Flags: OptionSet, Sendable, Hashable {
    /// The byte on the wire.
    package let rawValue: UInt8

    /// Creates flags from the byte on the wire.
    package init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// The payload is compressed by the stream's coding.
    package static let compressed = Self(rawValue: 1)
    /// The payload is the end of the stream, in JSON.
    package static let endOfStream = Self(rawValue: 2)
  }

  /// The number of bytes before the payload.
  package static let prefixCount = 5

  /// What the first byte says; bits that this protocol does not know are kept.
  package var flags: Flags
  /// The message, compressed if the flags say so.
  package var payload: [UInt8]

  /// Creates an envelope.
  package init(flags: Flags = [], payload: [UInt8]) {
    self.flags = flags
    self.payload = payload
  }

  /// The envelope as it goes over the wire.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.prefixCount + payload.count)
    append(to: &bytes)
    return bytes
  }

  /// Puts the envelope behind others.
  package func append(to bytes: inout [UInt8]) {
    precondition(payload.count <= UInt32.max, "An envelope's length has four bytes.")
    bytes.append(flags.rawValue)
    withUnsafeBytes(of: UInt32(payload.count).bigEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: payload)
  }
}

/// Reads envelopes from pieces of a body, wherever it was cut.
package struct EnvelopeReader: Sendable {
  /// An envelope announced a payload above the limit.
  package struct TooLarge: Error, Sendable, Hashable {
    /// The length that the envelope announced, in bytes.
    package let announced: Int
  }

  /// The longest payload that is taken, in bytes.
  package let limit: Int

  private var waiting: [UInt8] = []
  private var position = 0

  /// Creates a reader at the beginning of a body.
  ///
  /// - Parameter limit: The longest payload that is taken, in bytes, as it is on the wire.
  package init(limit: Int) {
    self.limit = limit
  }

  /// Whether all that came was handed out: where this is false, a body must not end.
  package var isAtBoundary: Bool { position == waiting.count }

  /// Takes the next piece of the body.
  package mutating func append(_ bytes: some Sequence<UInt8>) {
    if position > 0 {
      waiting.removeFirst(position)
      position = 0
    }
    waiting.append(contentsOf: bytes)
  }

  /// Returns the next whole envelope; nil if more bytes are needed.
  ///
  /// - Throws: ``TooLarge`` as soon as the length is known; the reader then stays there.
  package mutating func next() throws(TooLarge) -> Envelope? {
    guard waiting.count - position >= Envelope.prefixCount else { return nil }
    let length = waiting[position + 1..<position + Envelope.prefixCount]
      .reduce(0) { $0 << 8 | Int($1) }
    guard length <= limit else { throw TooLarge(announced: length) }
    let start = position + Envelope.prefixCount
    guard waiting.count - start >= length else { return nil }
    let flags = Envelope.Flags(rawValue: waiting[position])
    position = start + length
    return Envelope(flags: flags, payload: Array(waiting[start..<position]))
  }
}
