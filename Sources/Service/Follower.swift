internal import Kernel
package import Messages
internal import Storage
internal import Synchronization

/// Follows one other service: entries come in, each takes effect exactly once, in order.
///
/// It does not fetch entries itself; `Host` or a simulator offers them. What was applied, and the
/// chain's hash that was reached, stand in the store beside the effect.
package final class Follower: Sendable {
  /// How many entries may wait to be applied.
  package static let inboxLimit = 2_000

  /// How many entries that took effect are dropped at once.
  private static let dropped = 500

  /// How many entries in one transaction say that entries come quickly.
  private static let busy = 16

  /// An entry whose causes have not all been seen here, or whose predecessor has not.
  struct NotYet: Error {}

  /// Entries that do not continue the chain that was followed so far.
  package enum Broken: Error, Sendable, Hashable {
    /// The upstream's record was changed or its tail was cut off.
    case chain(upstream: String, position: Int64)
  }

  /// Where a follower stands still, and why.
  package struct Fault: Sendable, Hashable {
    /// The entry that cannot be applied.
    package var position: Int64
    /// Why, for an operator.
    package var detail: String
  }

  /// An entry that waits, in a box: it has so many fields that each copy of it is dear.
  final class Waiting: Sendable {
    let entry: FeedV1.Entry

    init(_ entry: FeedV1.Entry) {
      self.entry = entry
    }
  }

  /// For how long entries that come quickly are gathered before they take effect together.
  struct Gathering {
    /// The real present.
    var now: Instant
    /// How long at most.
    ///
    /// - Unit: milliseconds of real time; 0 for not at all.
    var milliseconds: Int64
    /// How many entries are not gathered any longer, and how many one transaction takes.
    var most: Int
  }

  private struct State {
    /// What waits, in order.
    ///
    /// The first `done` entries have taken effect and are dropped together, since to drop them one
    /// by one would move all others each time.
    var inbox: [Waiting] = []
    var done = 0

    /// How many entries wait.
    var waiting: Int { inbox.count - done }

    /// Drops what has taken effect.
    mutating func drop(through position: Int64) {
      while done < inbox.count, inbox[done].entry.position <= position { done += 1 }
      guard done == inbox.count || done >= Follower.dropped else { return }
      inbox.removeFirst(done)
      done = 0
    }

    var applied: Int64
    /// The last entry that was offered.
    var offered: Int64
    /// How many transactions in a row failed with the first entry that waits.
    var failures = 0
    var lastFault: Fault?
    /// Since when, and for how many milliseconds, nothing is tried after a failure.
    var rest: (since: Instant, milliseconds: Int64)?
    /// Where the upstream's record ends, if that is before what was followed of it already.
    var cutAt: Int64?
    /// The entry that the upstream's record lacks, if it goes on behind it.
    var missing: Int64?
    /// When entries were taken last, and how many.
    var lastTake: (instant: Instant, count: Int)?
    var upstreamHead: Int64 = 0
    var isOutOfSight = false
    var isHeld = false
  }

  /// The service that is followed.
  package let upstream: String
  private let effects: [String: Effects.Effect]
  /// The other services that are followed here.
  private let causes: Set<String>
  private let state: Mutex<State>

  init(_ effects: Effects, beside all: [Effects], at cursor: Cursor?) {
    upstream = effects.upstream
    causes = Set(all.map(\.upstream)).subtracting([effects.upstream])
    self.effects = effects.effects
    let position = cursor?.position ?? 0
    state = Mutex(State(applied: position, offered: position))
  }

  /// The position of the last entry that took effect here.
  package var applied: Int64 { state.withLock { $0.applied } }

  /// The position behind which the next entries are to be offered.
  package var wanted: Int64 { state.withLock { $0.offered } }

  /// How many entries lie between the upstream's head and what took effect here.
  package var lag: Int64 { state.withLock { max(0, $0.upstreamHead - $0.applied) } }

  /// Whether there may be entries that have not taken effect here, known or not.
  package var isBehind: Bool { state.withLock { $0.isOutOfSight || $0.upstreamHead > $0.applied } }

  /// Whether the upstream is not heard, so that nobody knows how far its feed has come.
  package var isOutOfSight: Bool { state.withLock { $0.isOutOfSight } }

  /// Whether it stands still because an entry failed, or because the upstream's record was cut off
  /// or lacks an entry.
  package var isStopped: Bool {
    state.withLock { $0.failures > 0 || $0.cutAt != nil || $0.missing != nil }
  }

  /// Where and why it stands still; nil if it does not.
  package var fault: Fault? {
    state.withLock { state in
      if state.failures > 0 { return state.lastFault }
      if let end = state.cutAt {
        let followed = state.applied
        return Fault(
          position: followed + 1,
          detail: "broken chain: \(upstream) ends at \(end) and was followed to \(followed)"
        )
      }
      return state.missing.map { position in
        Fault(position: position, detail: "broken chain: \(upstream) lacks entry \(position)")
      }
    }
  }

  /// Whether there are entries that may be tried now.
  func isReady(_ gathering: Gathering) -> Bool {
    state.withLock { state in
      state.waiting > 0 && !state.isHeld && state.failures == 0 && rest(state, gathering) == 0
    }
  }

  /// How long what waits is to be gathered yet; nil if nothing waits or nothing is gathered.
  ///
  /// - Returns: Milliseconds, at least 1.
  func rest(_ gathering: Gathering) -> Int? {
    let milliseconds = state.withLock { $0.waiting > 0 ? rest($0, gathering) : 0 }
    return milliseconds > 0 ? Int(clamping: milliseconds) : nil
  }

  private func rest(_ state: State, _ gathering: Gathering) -> Int64 {
    guard let last = state.lastTake, last.count >= Self.busy, state.waiting < gathering.most else {
      return 0
    }
    let passed = gathering.now.milliseconds(since: last.instant)
    // A clock that was set back ends it.
    return passed < 0 ? 0 : max(0, gathering.milliseconds - passed)
  }

  /// Notes that the upstream is not heard now, so that nobody knows how far its feed has come.
  ///
  /// What it offers next ends this.
  package func lostSight() {
    state.withLock { $0.isOutOfSight = true }
  }

  /// Notes that the upstream's record ends before what took effect of it here already: its tail was
  /// cut off, or it began anew.
  ///
  /// What it offers next ends this.
  ///
  /// - Parameter head: The last entry that the upstream has.
  /// - Returns: Whether that is news.
  package func foundCutOff(at head: Int64) -> Bool {
    state.withLock { state in
      defer { state.cutAt = head }
      state.isOutOfSight = false
      return state.cutAt == nil
    }
  }

  /// Notes that the upstream's record lacks an entry and goes on behind it.
  ///
  /// That the entry is offered after all ends this, or that the record ends before it.
  ///
  /// - Parameter position: The entry.
  /// - Returns: Whether that is news.
  package func foundMissing(_ position: Int64) -> Bool {
    state.withLock { state in
      defer { state.missing = position }
      state.isOutOfSight = false
      return state.missing != position
    }
  }

  /// Takes entries that were fetched.
  ///
  /// Entries that were offered before are dropped; a gap makes all behind it be dropped, since
  /// they will be fetched again from `wanted`.
  ///
  /// - Returns: Whether more entries are welcome now.
  @discardableResult
  package func offer(_ entries: [FeedV1.Entry], head: Int64) -> Bool {
    state.withLock { state in
      state.isOutOfSight = false
      state.cutAt = nil
      state.upstreamHead = max(state.upstreamHead, head)
      defer {
        if let missing = state.missing, state.offered >= missing || head < missing {
          state.missing = nil
        }
      }
      for index in entries.indices where entries[index].position == state.offered + 1 {
        guard state.waiting < Self.inboxLimit else { return false }
        state.inbox.append(Waiting(entries[index]))
        state.offered += 1
      }
      return state.waiting < Self.inboxLimit
    }
  }

  /// The entries to be tried now, in order: none while they are gathered.
  ///
  /// Entries that come quickly are let take effect together some time later, which costs a fraction
  /// of one transaction for every few: the first after a pause is never kept waiting.
  func take(_ gathering: Gathering) -> [Waiting] {
    state.withLock { state in
      if let rest = state.rest {
        // A clock that was set back ends it.
        let passed = gathering.now.milliseconds(since: rest.since)
        guard !(0..<rest.milliseconds).contains(passed) else { return [] }
      }
      guard rest(state, gathering) == 0 else { return [] }
      state.isHeld = false
      let taken = Array(state.inbox[state.done...].prefix(gathering.most))
      if !taken.isEmpty { state.lastTake = (gathering.now, taken.count) }
      return taken
    }
  }

  /// Lets an entry take effect, with the cursor in the same transaction.
  ///
  /// - Throws: ``NotYet``, ``Broken``, or what the effect throws.
  func apply(_ entry: FeedV1.Entry, _ writing: Writing) throws {
    let cursors = try writing.transaction.cursors()
    let own = cursors.first { $0.upstream == upstream }
    let reached = own?.position ?? 0
    // A commit in doubt that was kept after all: the effect is there.
    guard entry.position > reached else { return }
    guard entry.position == reached + 1 else { throw NotYet() }
    // Cause comes before effect: what the writer had seen must have been seen here too, as far
    // as it is followed. Its own feed always counts as reached.
    for (cause, position) in entry.reflects where causes.contains(cause) {
      let seen = cursors.first { $0.upstream == cause }?.position ?? 0
      guard seen >= position else { throw NotYet() }
    }
    guard entry.previousHash == own?.hash ?? [], FeedChain.hash(of: entry) == entry.hash else {
      throw Broken.chain(upstream: upstream, position: entry.position)
    }
    // Before the effect, so that what the effect publishes says that it has seen this entry. Until
    // the commit it is kept in memory, and forgotten with what else was done if the effect throws.
    try writing.transaction.saveCursor(
      upstream: upstream,
      position: entry.position,
      hash: entry.hash
    )
    try effects[entry.payloadType]?(entry, writing)
  }

  func committed(_ entry: FeedV1.Entry) {
    state.withLock { state in
      state.drop(through: entry.position)
      state.applied = max(state.applied, entry.position)
      state.failures = 0
      state.rest = nil
    }
  }

  /// Notes that the first entry waits for another feed: what lies behind it is no rush.
  func held() {
    state.withLock { state in
      state.isHeld = true
      state.lastTake = nil
    }
  }

  /// Lets an entry be tried again that had waited for what another feed has told since.
  func retry() {
    state.withLock { $0.isHeld = false }
  }

  /// Waits longer after each transaction that failed: 0.1 s, 0.2 s up to 30 s.
  func failed(at position: Int64, because detail: String, now: Instant) {
    state.withLock { state in
      let delay = min(Int64(100) << Int64(min(state.failures, 9)), 30_000)
      state.failures += 1
      state.lastFault = Fault(position: position, detail: detail)
      state.rest = (now, delay)
    }
  }
}
