internal import Messages

/// Who wants to know how far the feed of another service is, but nothing of what is in it.
///
/// It keeps nothing: after a restart it begins with the last entry.
package struct HeadWatch: Sendable {
  /// The service whose feed it is.
  package let upstream: String
  /// Told the position of the last entry whenever the feed is heard, be it a heartbeat, and whether
  /// the feed has just been found; one call after the other.
  package let hear: @Sendable (_ head: Int64, _ isFirst: Bool) -> Void

  package init(of upstream: String, hear: @escaping @Sendable (Int64, Bool) -> Void) {
    self.upstream = upstream
    self.hear = hear
  }
}

/// Follows a feed for a ``HeadWatch``; it never gives up.
struct HeadPump: Sendable {
  let watch: HeadWatch
  let line: FeedLine
  let log: Log

  /// Runs until the task is cancelled.
  func run() async {
    let sight = FeedSight(of: watch.upstream, log: log)
    var failures = 0
    while !Task.isCancelled {
      sight.begin()
      do {
        try await line.follow(after: nil) { response in
          watch.hear(response.head, sight.hear())
        }
      } catch is CancellationError {
        return
      } catch {
        sight.lose(error)
      }
      failures = sight.isHeard ? 0 : failures + 1
      // 0.1 s, 0.2 s up to 1.6 s. That the task is cancelled ends the loop.
      try? await Task.sleep(for: .milliseconds(100 << min(failures, 4)))
    }
  }
}
