package import Kernel
internal import Service
internal import Synchronization

/// The public catalogue's answers, kept at the door while they are true.
///
/// All entries reflect one position of the catalogue's feed, the newest that was heard of. Whoever
/// tells of a newer one, the feed or an answer, empties the cache; an answer that reflects an older
/// one is not kept. So what the cache gives is never older than anything that came through it, nor
/// older than the feed is late. While the feed is silent for longer than ``silence``, nothing is
/// given.
///
/// - Source: docs/adr/0030-the-door-keeps-answers.md
package final class AnswerCache: Sendable {
  /// How long the cache is used after the feed was heard last; heartbeats come each 5 s.
  ///
  /// - Unit: milliseconds of real time.
  package static let silence: Int64 = 10_000
  /// The longest body that is kept, as it goes to callers.
  ///
  /// - Unit: bytes.
  static let longestBody = 256 << 10

  /// What it holds and did, at one moment.
  package struct Values: Sendable, Hashable {
    /// Calls that were answered from it.
    package var hits: Int64 = 0
    /// Calls that could have been, and went on.
    package var misses: Int64 = 0
    /// What the entries take.
    package var bytes = 0
    /// How many there are.
    package var entries = 0
  }

  private struct State {
    /// Raised whenever the feed is followed anew: what was asked for before belongs to another
    /// catalogue, perhaps one that was restored from a backup.
    var epoch = 0
    var position: Int64 = 0
    var table: CacheTable

    /// Takes note of a position.
    ///
    /// - Returns: Whether it is the newest.
    mutating func note(_ position: Int64) -> Bool {
      if position > self.position {
        self.position = position
        table.removeAll()
      }
      return position == self.position
    }
  }

  private let limit: Int
  private let state: Mutex<State>
  /// When the feed was heard last, in milliseconds since 1970; long ago if never.
  private let heardAt = Atomic<Int64>(.min / 2)
  let hits = Counter()
  let misses = Counter()

  /// Creates an empty cache; one of 0 bytes keeps nothing.
  init(limit: Int) {
    self.limit = limit
    state = Mutex(State(table: CacheTable(limit: limit)))
  }

  /// Whether it keeps anything at all.
  var isOn: Bool { limit > 0 }

  var values: Values {
    state.withLock { state in
      Values(
        hits: hits.value,
        misses: misses.value,
        bytes: state.table.bytes,
        entries: state.table.count
      )
    }
  }

  // MARK: - The feed

  /// Takes the word of the catalogue's feed.
  ///
  /// - Parameters:
  ///   - head: The position of its last entry.
  ///   - isFirst: Whether the feed has just been found, for the first time or again.
  ///   - now: The real present.
  package func hear(head: Int64, isFirst: Bool, now: Instant) {
    state.withLock { state in
      if isFirst {
        state.epoch += 1
        state.position = head
        state.table.removeAll()
      } else {
        _ = state.note(head)
      }
    }
    // Behind the emptying: who finds the feed fresh finds nothing that it has overtaken.
    heardAt.store(now.unixMilliseconds, ordering: .releasing)
  }

  /// Whether the feed was heard lately.
  ///
  /// A clock that was set back makes it "no" until it is heard again.
  func isFresh(_ now: Instant) -> Bool {
    let age = now.unixMilliseconds - heardAt.load(ordering: .acquiring)
    return age >= 0 && age < Self.silence
  }

  // MARK: - Answers

  /// What is kept under a key, and the epoch to tell with the answer if nothing is.
  func find(_ key: CacheKey) -> (entry: CacheEntry?, epoch: Int) {
    state.withLock { ($0.table[key], $0.epoch) }
  }

  /// What was made of the same answer for others who asked at the same time.
  ///
  /// - Parameters:
  ///   - key: What it would be kept under.
  ///   - source: The hash of the answer's body.
  ///   - position: The position that the answer reflects.
  ///   - epoch: The epoch in which it was asked for.
  /// - Returns: The entry; nil if there is none, or one of another answer.
  func find(_ key: CacheKey, from source: Int, at position: Int64, epoch: Int) -> CacheEntry? {
    state.withLock { state in
      guard state.epoch == epoch, let entry = state.table[key], entry.position == position,
        entry.source == source
      else { return nil }
      return entry
    }
  }

  /// Whether an answer that reflects a position, asked for in an epoch, may be kept now; the
  /// position is taken note of.
  func welcomes(position: Int64, epoch: Int) -> Bool {
    state.withLock { $0.epoch == epoch && $0.note(position) }
  }

  /// Keeps an answer that was asked for in an epoch.
  ///
  /// - Returns: What is kept now, perhaps an equal one; nil if nothing is.
  func keep(_ entry: CacheEntry, of key: CacheKey, epoch: Int) -> CacheEntry? {
    state.withLock { state in
      guard state.epoch == epoch, state.note(entry.position), entry.cost <= limit else {
        return nil
      }
      guard let known = state.table[key] else {
        state.table.add(entry, of: key)
        return entry
      }
      if known.tag == entry.tag { return known }
      // An answer may know more than its position says. That two of one position differ shows that
      // the feed has gone on, and nobody knows which of the others are the older ones.
      _ = state.note(entry.position + 1)
      return nil
    }
  }
}
