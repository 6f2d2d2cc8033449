internal import Kernel
internal import Synchronization

/// Counts refused attempts until their minute is over, so that a stranger who knocks a thousand
/// times a second writes one row a minute.
///
/// - Source: docs/rules/door.md, rule D10
final class AttemptTally: Sendable {
  /// How many kinds are kept apart in one window.
  private static let most = 1_000
  /// The source of those for whom there is no room.
  private static let others = "others"
  private static let minute: Int64 = 60_000

  private struct Tally {
    var counts: [RefusedAttempt.Kind: Int64] = [:]
    /// When the window began, in real time and in the hall's.
    var began: (real: Instant, hall: Instant)?
  }

  private let window: Int64
  private let tally = Mutex(Tally())

  /// Counts over windows of so many milliseconds of real time.
  init(window: Int64) {
    self.window = window
  }

  func count(_ kind: RefusedAttempt.Kind, realNow: Instant, hallNow: Instant) {
    tally.withLock { tally in
      tally.began = tally.began ?? (realNow, hallNow)
      Self.add(1, kind, to: &tally.counts)
    }
  }

  private static func add(
    _ count: Int64,
    _ kind: RefusedAttempt.Kind,
    to counts: inout [RefusedAttempt.Kind: Int64]
  ) {
    var kind = kind
    if counts[kind] == nil, counts.count >= most {
      kind.source = others
      kind.method = ""
    }
    counts[kind, default: 0] += count
  }

  /// What was counted, taken out, if the window is over or nothing shall wait any longer.
  func take(realNow: Instant, all: Bool) -> [RefusedAttempt] {
    tally.withLock { tally in
      guard let began = tally.began,
        all || realNow.milliseconds(since: began.real) >= window
      else { return [] }
      defer { tally = Tally() }
      let milliseconds = began.hall.unixMilliseconds
      let minute = Instant(unixMilliseconds: milliseconds - milliseconds % Self.minute)
      return tally.counts.map { RefusedAttempt(kind: $0.key, minute: minute, count: $0.value) }
    }
  }

  /// Counts again what could not be written.
  func putBack(_ attempts: [RefusedAttempt], realNow: Instant) {
    tally.withLock { tally in
      for attempt in attempts {
        tally.began = tally.began ?? (realNow, attempt.minute)
        Self.add(attempt.count, attempt.kind, to: &tally.counts)
      }
    }
  }
}
