/// Cuts a stream of bytes into the envelopes of the Connect protocol.
///
/// - Source: the Connect protocol, "Streaming-Request" and "Streaming-Response": one byte of flags,
///   four bytes of length in network order, the payload.
struct EnvelopeSplitter {
  private static let prefixCount = 5

  private let limit: Int
  private var rest: [UInt8] = []

  /// Starts at the beginning of a body.
  ///
  /// - Parameter limit: The longest payload, in bytes.
  init(limit: Int) {
    self.limit = limit
  }

  /// Takes bytes and returns the envelopes that are whole now, changed.
  ///
  /// - Returns: nil if an envelope is longer than the limit.
  mutating func feed(
    _ bytes: [UInt8],
    change: (_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8])
  ) -> [UInt8]? {
    rest += bytes
    var output: [UInt8] = []
    var position = 0
    while rest.count - position >= Self.prefixCount {
      let count = rest[position + 1..<position + 5].reduce(0) { $0 << 8 | Int($1) }
      guard count <= limit else { return nil }
      let start = position + Self.prefixCount
      guard rest.count >= start + count else { break }
      let (flags, payload) = change(rest[position], Array(rest[start..<start + count]))
      output.append(flags)
      withUnsafeBytes(of: UInt32(payload.count).bigEndian) { output.append(contentsOf: $0) }
      output += payload
      position = start + count
    }
    rest.removeFirst(position)
    return output
  }
}
