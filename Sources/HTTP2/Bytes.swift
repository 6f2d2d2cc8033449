extension UnsafeRawBufferPointer {
  /// Returns whether both have the same bytes.
  func equals(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    // Names of one length mostly differ at their end: `:method`, `:scheme`.
    var index = count
    while index >= 8 {
      index -= 8
      let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word == other.loadUnaligned(fromByteOffset: index, as: UInt64.self) else {
        return false
      }
    }
    while index > 0 {
      index -= 1
      guard self[index] == other[index] else { return false }
    }
    return true
  }

  /// Returns whether the other's bytes lie at a position, which has room for them.
  func has(_ other: UnsafeRawBufferPointer, at start: Int) -> Bool {
    UnsafeRawBufferPointer(rebasing: self[start..<start + other.count]).equals(other)
  }
}

extension StaticString {
  /// Calls the closure with the text's bytes.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard hasPointerRepresentation else {
      return withUTF8Buffer { body(UnsafeRawBufferPointer($0)) }
    }
    return body(UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
  }

  /// Returns whether the text has exactly these bytes.
  func equals(_ other: UnsafeRawBufferPointer) -> Bool {
    withBytes { $0.equals(other) }
  }
}
