/// How bodies are gathered that come in pieces.
extension [UInt8] {
  /// From which length on a body gets all the room that it may need.
  private static let long = 128 << 10
  /// The most room that is taken at once; the longest body of a call through the door fits.
  private static let room = 4 << 20

  /// Adds a piece to a body that may become so long.
  ///
  /// Growing by doubling moves megabytes at a time, and a loop's callers would wait for it. Room to
  /// which nothing is written takes addresses and no memory.
  ///
  /// - Parameters:
  ///   - bytes: The piece.
  ///   - limit: The longest that the body may become, in bytes.
  mutating func gather(_ bytes: UnsafeRawBufferPointer, limit: Int) {
    let needed = count + bytes.count
    if needed >= Self.long, needed < Self.room, count < Self.long || needed > capacity {
      reserveCapacity(Swift.max(needed, Swift.min(limit, Self.room)))
    } else if isEmpty {
      self = Array(bytes)
      return
    }
    append(contentsOf: bytes)
  }
}
