internal import Service
internal import Storage
internal import Synchronization

/// The last entries of the feed, read and decoded once for all who follow the alerts.
///
/// A follower who is at the head is served from here, whatever it filters; one who is further
/// behind reads the store until it arrives here. Nothing here is the truth: it is forgotten with
/// the process.
final class RecentAlerts: Sendable {
  /// How many entries are kept at most.
  static let most = 1_024

  private struct State {
    /// In the order of positions, without a gap.
    var entries: [AlertEntry] = []
    /// The position before the first.
    var begin: Int64 = 0

    var end: Int64 { begin + Int64(entries.count) }
  }

  private let state = Mutex(State())

  /// Entries behind a position, as far as a snapshot shows them.
  ///
  /// - Parameters:
  ///   - position: The position behind which to begin.
  ///   - limit: How many at most.
  ///   - reading: The snapshot, from which what is missing here is read.
  /// - Returns: Them; nil if the position lies before what is kept.
  /// - Throws: `StoreError` or a decoding error.
  func entries(behind position: Int64, limit: Int, _ reading: Reading) throws -> [AlertEntry]? {
    let head = try reading.snapshot.feedHead().position
    guard position < head else { return [] }
    guard position >= head - Int64(Self.most) else { return nil }
    return try state.withLock { state throws -> [AlertEntry]? in
      if state.end < head { try Self.fill(&state, upTo: head, reading) }
      guard position >= state.begin else { return nil }
      let first = Int(position - state.begin)
      let count = min(limit, Int(min(head, state.end) - position))
      return Array(state.entries[first..<first + max(0, count)])
    }
  }

  /// Reads up to the head; what is far behind is left out, since nobody at the head needs it.
  private static func fill(_ state: inout State, upTo head: Int64, _ reading: Reading) throws {
    let begin = max(0, head - Int64(most))
    if state.end < begin { state = State(begin: begin) }
    while state.end < head {
      let page = try reading.snapshot.feedEntries(after: state.end, limit: 200)
      guard page.first?.position == state.end + 1 else {
        // What is not there cannot be followed from here; the store says what is missing.
        state = State(begin: head)
        return
      }
      for entry in page { state.entries.append(try AlertEntry(entry, reading)) }
    }
    let tooMany = state.entries.count - most
    guard tooMany > most / 4 else { return }
    state.entries.removeFirst(tooMany)
    state.begin += Int64(tooMany)
  }
}
