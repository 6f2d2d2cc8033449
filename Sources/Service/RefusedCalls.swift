package import Kernel
package import Messages
internal import Synchronization

/// Counts calls that were refused at the door, one entry per source, reason and window.
///
/// So a stranger who knocks a thousand times a second cannot fill the feed.
package final class RefusedCalls: Sendable {
  /// How many different sources, methods and reasons are kept apart in one window.
  private static let kinds = 1_000

  private struct Kind: Hashable {
    var source: String
    var reason: String
  }

  private struct Tally {
    var method: String
    var count: Int64
    var began: Instant
  }

  private let service: String
  private let window: Int64
  private let tallies = Mutex<[Kind: Tally]>([:])

  /// Makes a count for a service over windows of so many milliseconds.
  package init(service: String, window: Int64) {
    self.service = service
    self.window = window
  }

  /// Counts a refused call.
  ///
  /// - Parameters:
  ///   - source: The address that it came from.
  ///   - method: What was called.
  ///   - reason: Why it was refused, UPPER_SNAKE.
  ///   - now: The real present.
  package func count(source: String, method: String, reason: String, now: Instant) {
    tallies.withLock { tallies in
      var kind = Kind(source: source, reason: reason)
      if tallies[kind] == nil, tallies.count >= Self.kinds { kind.source = "others" }
      tallies[kind, default: Tally(method: method, count: 0, began: now)].count += 1
    }
  }

  /// What was counted in one window.
  package struct Counted: Sendable, Hashable {
    /// The entry to be published.
    package var entry: GatewayV1.CallsRefused
    /// When its window began, in real time.
    package var began: Instant
  }

  /// What was counted in windows that are over, taken out.
  ///
  /// - Parameters:
  ///   - now: The real present, by which windows are measured.
  ///   - stamp: The hall's present, which the entries name.
  ///   - all: Whether the running windows are taken too, as before a stop.
  /// - Returns: One entry per source and reason.
  package func take(now: Instant, stamp: Instant, all: Bool = false) -> [Counted] {
    tallies.withLock { tallies in
      // A clock that was set back begins a window anew, or it would last for as long as that.
      for (kind, tally) in tallies where tally.began > now { tallies[kind]?.began = now }
      let over = tallies.filter { all || now.milliseconds(since: $0.value.began) >= window }
      for kind in over.keys { tallies[kind] = nil }
      return over.map { kind, tally in
        let entry = GatewayV1.CallsRefused(
          service: service,
          source: kind.source,
          reason: kind.reason,
          method: tally.method,
          count: tally.count,
          minute: GoogleProtobuf.Timestamp(stamp)
        )
        return Counted(entry: entry, began: tally.began)
      }
    }
  }

  /// Counts again what could not be written.
  package func putBack(_ counted: Counted) {
    tallies.withLock { tallies in
      let kind = Kind(source: counted.entry.source, reason: counted.entry.reason)
      let tally = Tally(method: counted.entry.method, count: 0, began: counted.began)
      tallies[kind, default: tally].count += counted.entry.count
    }
  }
}
