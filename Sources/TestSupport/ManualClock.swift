package import Kernel
internal import Synchronization

/// A clock that moves only when it is told to.
package final class ManualClock: Sendable {
  private let instant: Mutex<Instant>

  package init(startingAt instant: Instant) {
    self.instant = Mutex(instant)
  }

  package var now: Instant { instant.withLock { $0 } }

  /// Moves the clock on, or back if the number is negative.
  package func advance(byMilliseconds milliseconds: Int64) {
    instant.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) }
  }

  /// Sets the clock.
  package func set(_ new: Instant) {
    instant.withLock { $0 = new }
  }
}

extension Surroundings {
  /// Surroundings of a test: one manual clock for both presents and a seeded source of bytes.
  package static func testing(clock: ManualClock, seed: UInt64 = 1) -> Self {
    let source = ByteSource(seed: seed)
    return Self(
      hallNow: { clock.now },
      realNow: { clock.now },
      randomBytes: { count in source.bytes(count) }
    )
  }
}

private final class ByteSource: Sendable {
  private let generator: Mutex<SeededGenerator>

  init(seed: UInt64) {
    generator = Mutex(SeededGenerator(seed: seed))
  }

  func bytes(_ count: Int) -> [UInt8] {
    generator.withLock { generator in
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
  }
}
