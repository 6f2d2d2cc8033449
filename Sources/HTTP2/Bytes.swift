internal import Glibc

extension UnsafeRawBufferPointer {
  /// Returns whether both have the same bytes.
  func equals(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
    return memcmp(start, otherStart, count) == 0
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
