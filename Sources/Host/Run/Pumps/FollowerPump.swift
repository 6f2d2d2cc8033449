internal import Messages
internal import Service

/// Fetches the entries of one followed service and offers them to the follower.
///
/// It never gives up: after a failure it connects again, a little later each time, and goes on
/// behind the last entry that the follower took.
struct FollowerPump: Sendable {
  /// Why a stream was left.
  private enum Left: Error {
    /// The other's record lacks an entry and goes on behind it.
    case gap(missing: Int64)
    /// The other's record ends before what was followed already: its tail was cut off.
    case cutOff(head: Int64)
  }

  /// How long the writer is left to make room in a full inbox.
  private static let fullPause = Duration.milliseconds(20)

  let follower: Follower
  let line: FeedLine
  let log: Log
  /// Called when there is something for the writer.
  let wake: @Sendable () -> Void

  /// Runs until the task is cancelled.
  func run() async {
    let sight = FeedSight(of: follower.upstream, log: log)
    var failures = 0
    while !Task.isCancelled {
      sight.begin()
      let before = follower.wanted
      do {
        try await line.follow(after: before) { response in
          _ = sight.hear()
          try await offer(response)
        }
      } catch is CancellationError {
        return
      } catch Left.cutOff(let head) {
        if follower.foundCutOff(at: head) {
          log.error(
            "the record of an upstream is shorter than what was followed of it",
            [
              .upstream: follower.upstream,
              .detail: "\(head) entries, \(follower.applied) followed",
            ]
          )
        }
      } catch Left.gap(let missing) {
        if follower.foundMissing(missing) {
          log.error(
            "the record of an upstream lacks an entry",
            [.upstream: follower.upstream, .detail: "broken chain: \(missing) is missing"]
          )
        }
      } catch {
        follower.lostSight()
        sight.lose(error)
      }
      failures = follower.wanted > before ? 0 : failures + 1
      // 0.1 s, 0.2 s up to 3.2 s. That the task is cancelled ends the loop.
      try? await Task.sleep(for: .milliseconds(100 << min(failures, 5)))
    }
  }

  /// Offers entries until the follower has taken them all; meanwhile nothing more is read.
  private func offer(_ response: FeedV1.FollowResponse) async throws {
    guard response.head >= follower.applied else {
      throw Left.cutOff(head: response.head)
    }
    let (entries, missing) = Self.unbroken(response.entries, behind: follower.wanted)
    follower.offer(entries, head: response.head)
    wake()
    while let last = entries.last, follower.wanted < last.position {
      try await Task.sleep(for: Self.fullPause)
      follower.offer(entries, head: response.head)
      wake()
    }
    if let missing { throw Left.gap(missing: missing) }
  }

  /// The entries up to the first one that is missing, and which that is.
  private static func unbroken(
    _ entries: [FeedV1.Entry],
    behind wanted: Int64
  ) -> (entries: [FeedV1.Entry], missing: Int64?) {
    var reached = wanted
    for (index, entry) in entries.enumerated() {
      guard entry.position <= reached + 1 else { return (Array(entries[..<index]), reached + 1) }
      reached = max(reached, entry.position)
    }
    return (entries, nil)
  }
}
