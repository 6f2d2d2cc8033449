internal import NIOCore

/// How fast something has come lately: a count that is looked at again and again, over a window
/// that slides.
///
/// What came fast at first buys no stall later, as an average since the beginning would.
struct Pace {
  /// Into how many steps a window is cut.
  private static let steps: Int64 = 8

  private var marks: [(age: TimeAmount, count: Int)]

  /// Begins to look.
  ///
  /// - Parameters:
  ///   - age: The time at which the first window begins.
  ///   - count: What has come until then.
  init(from age: TimeAmount = .zero, count: Int = 0) {
    marks = [(age, count)]
  }

  /// Whether less than `rate` a second came over the last window; false before the first is over.
  mutating func isBelow(
    _ rate: Int,
    over window: TimeAmount,
    age: TimeAmount,
    count: Int
  ) -> Bool {
    if let last = marks.last,
      age.nanoseconds - last.age.nanoseconds
        >= window.nanoseconds / Self.steps
    {
      marks.append((age, count))
    }
    while marks.count > 1, age - marks[1].age >= window { marks.removeFirst() }
    guard let oldest = marks.first, age - oldest.age >= window else { return false }
    let milliseconds = Int((age - oldest.age).nanoseconds / 1_000_000)
    return (count - oldest.count) * 1_000 < milliseconds * rate
  }
}
