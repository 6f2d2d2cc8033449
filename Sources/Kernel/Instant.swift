/// An instant of wall-clock time.
///
/// - Unit: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX.1-2017, 4.16).
package struct Instant: Sendable, Hashable, Comparable {
  package let unixMilliseconds: Int64

  package init(unixMilliseconds: Int64) {
    self.unixMilliseconds = unixMilliseconds
  }

  package static func < (earlier: Self, later: Self) -> Bool {
    earlier.unixMilliseconds < later.unixMilliseconds
  }

  /// Returns the instant that many milliseconds later, or earlier if the number is negative.
  package func advanced(byMilliseconds milliseconds: Int64) -> Self {
    Self(unixMilliseconds: unixMilliseconds + milliseconds)
  }

  /// Returns how many milliseconds `self` lies after `earlier`; negative if it lies before.
  package func milliseconds(since earlier: Self) -> Int64 {
    unixMilliseconds - earlier.unixMilliseconds
  }
}
