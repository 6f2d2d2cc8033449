internal import Synchronization

/// The last entries of a store's own feed as they were committed, so that whoever follows it
/// closely is answered without reading them back.
///
/// Entries are never changed, but for their personal parts. When such a part is erased, or nobody
/// knows what a commit left, all are forgotten, and the next commit begins anew. Personal parts are
/// as they are in the file: sealed.
final class FeedTail: Sendable {
  private struct State {
    /// The entries of one commit each, the oldest first, without a gap.
    var commits: [[FeedEntry]] = []
    var count = 0
    /// The bytes of their payloads and personal parts.
    var bytes = 0
  }

  private let state = Mutex(State())

  /// Adds what a commit published.
  func append(_ entries: [FeedEntry]) {
    guard let first = entries.first else { return }
    state.withLock { state in
      // After a commit whose entries were not told the older ones would leave a gap.
      if let last = state.commits.last?.last, last.position + 1 != first.position {
        state = State()
      }
      state.commits.append(entries)
      state.count += entries.count
      state.bytes += Self.bytes(of: entries)
      while state.count > Limits.feedTail || state.bytes > Limits.feedTailBytes {
        let oldest = state.commits.removeFirst()
        state.count -= oldest.count
        state.bytes -= Self.bytes(of: oldest)
      }
    }
  }

  private static func bytes(of entries: [FeedEntry]) -> Int {
    entries.reduce(0) { $0 + $1.content.payload.count + ($1.content.privatePart?.count ?? 0) }
  }

  /// Forgets all.
  func forget() {
    state.withLock { $0 = State() }
  }

  /// The entries behind a position, and the feed's head.
  ///
  /// - Returns: A page; nil if not all of it is here.
  func page(after: Int64, limit: Int) -> FeedPage? {
    state.withLock { state in
      guard let first = state.commits.first?.first, let last = state.commits.last?.last,
        after >= first.position - 1, after <= last.position
      else { return nil }
      var entries: [FeedEntry] = []
      for commit in state.commits {
        guard entries.count < limit else { break }
        guard let end = commit.last?.position, end > after, let start = commit.first?.position
        else { continue }
        let skipped = Int(max(0, after + 1 - start))
        entries += commit[skipped...].prefix(limit - entries.count)
      }
      return FeedPage(
        entries: entries,
        head: FeedHead(position: last.position, hash: last.hash)
      )
    }
  }
}

/// Some entries of a feed in a row, and where the feed ended when they were read.
package struct FeedPage: Sendable, Hashable {
  /// The entries, in order and without a gap.
  package var entries: [FeedEntry]
  /// The feed's last entry.
  package var head: FeedHead
}
