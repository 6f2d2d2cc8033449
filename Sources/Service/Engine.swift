internal import Connect
package import Kernel
internal import Messages
package import Storage
internal import Synchronization

/// One running service without its sockets: calls in, answers out, and the steps that write.
///
/// Nothing in it sleeps or starts a thread. `Host` calls `dispatch` from its event loops and pumps
/// `step` and `streams.step`; a simulator calls the same from one thread.
package final class Engine: Sendable {
  /// What an operator may tune.
  package struct Settings: Sendable, Hashable {
    /// How many calls may wait for the writer; one more is answered `OVERLOADED`.
    package var queue = 4_096
    /// How many calls go into one transaction at most.
    package var batch = 256
    /// How many due timers fire in one transaction at most.
    package var timers = 100
    /// How many followed entries are applied in one transaction at most.
    package var entries = 200
    /// How long followed entries that come quickly are gathered before they are applied together.
    ///
    /// - Unit: milliseconds of real time; 0 applies them at once.
    package var gather: Int64 = 0
    /// How long answers are kept under their idempotency key.
    ///
    /// - Unit: milliseconds of real time.
    package var idempotency: Int64 = 7 * 86_400_000
    /// Over what time refused calls of one source are counted together.
    ///
    /// - Unit: milliseconds of real time.
    package var refusalWindow: Int64 = 60_000
    /// How often a quiet stream carries a heartbeat.
    ///
    /// - Unit: milliseconds of real time.
    package var heartbeat: Int64 = 5_000
    /// How many bytes a request may have after decompression.
    package var body = 4 << 20

    package init() {}
  }

  /// What an operator should know of; `Host` writes it to the log.
  package enum Report: Sendable {
    /// A handler failed for a fault of ours.
    case fault(method: String, detail: String, trace: TraceContext?)
    /// A timer's effect failed; it is tried again.
    case timerFailed(kind: String, subject: String, detail: String, trace: TraceContext?)
    /// An entry could not be applied; the follower stands still and tries again.
    case followerStopped(upstream: String, position: Int64, detail: String, trace: TraceContext?)
    /// A commit is in doubt; the store is opened anew.
    case commitInDoubt(detail: String, trace: TraceContext?)
  }

  /// What the service is.
  package let definition: Definition
  /// Its store.
  package let store: Store
  /// Its keys.
  package let keyring: Keyring
  /// Its seal.
  package let seal: Seal
  /// Time, identifiers and randomness.
  package let surroundings: Surroundings
  /// What is tuned.
  package let settings: Settings
  /// The hall of calls that name none, if the deployment has one.
  package let defaultHall: String
  /// One follower per followed service, in the order of the definition.
  package let followers: [Follower]
  /// The open streams.
  package let streams: Streams
  /// What was refused for want of a pass.
  package let refused: RefusedCalls
  /// What is counted.
  package let counts = Counts()

  let registry: Registry
  let report: @Sendable (Report) -> Void
  let waiting = Mutex(Waiting())
  /// The heads of successful answers at the latest position.
  let heads = Mutex(SuccessHeads())
  let nextTimer = Mutex(NextTimer())
  /// Since when timers rest, because none could be found or fired; nil if they do not.
  let timersRestFrom = Mutex<Instant?>(nil)
  /// When an idle service last looked for answers whose time is over.
  let lookedForAnswers = Mutex<Instant?>(nil)

  /// When the next timer fires, as of so many batches.
  struct NextTimer: Sendable {
    var batches: Int?
    var instant: Instant?
  }

  /// The queue of writes and of calls that wait for a position.
  struct Waiting: Sendable {
    var writes: [WriteJob] = []
    var internalWrites: [InternalWrite] = []
    var positions: [PositionWaiter] = []
    var isStopping = false
    /// Since when a follower lies behind its upstream, in real time.
    var laggingSince: Instant?
    /// Who holds the followers; nil if nobody does.
    var hold: Hold?
    /// Who is to be told that the followers are held.
    var whenHeld: [@Sendable () -> Void] = []
    var wakeWriter: @Sendable () -> Void = {}
  }

  /// Makes a service over an open store.
  ///
  /// - Parameters:
  ///   - definition: What the service is. FeedService is added to its registry.
  ///   - store: Its open store.
  ///   - keyring: Its keys.
  ///   - seal: Its seal.
  ///   - surroundings: Time, identifiers and randomness.
  ///   - defaultHall: The hall of calls that name none; empty if there is no such hall.
  ///   - settings: What is tuned.
  ///   - report: Where reports go.
  /// - Throws: `StoreError` if the cursors cannot be read.
  package init(
    _ definition: Definition,
    store: Store,
    keyring: Keyring,
    seal: Seal,
    surroundings: Surroundings,
    defaultHall: String,
    settings: Settings = Settings(),
    report: @escaping @Sendable (Report) -> Void
  ) throws {
    self.definition = definition
    self.store = store
    self.keyring = keyring
    self.seal = seal
    self.surroundings = surroundings
    self.settings = settings
    self.defaultHall = defaultHall
    self.report = report
    var registry = definition.registry
    FeedHandlers().register(in: &registry)
    registry.share(FeedV1.FeedService.follow.path, by: SharedPages(store.changes))
    self.registry = registry
    let cursors = try store.read { try $0.cursors() }
    followers = definition.follows.map { effects in
      Follower(
        effects,
        beside: definition.follows,
        at: cursors.first { $0.upstream == effects.upstream }
      )
    }
    streams = Streams(heartbeat: settings.heartbeat)
    refused = RefusedCalls(service: definition.name, window: settings.refusalWindow)
  }

  /// The paths that the service answers, FeedService's among them, sorted.
  package var paths: [String] { registry.paths }

  /// Tells whom to wake when there is something to write.
  package func wakeWriter(by wake: @escaping @Sendable () -> Void) {
    waiting.withLock { $0.wakeWriter = wake }
  }

  /// Whether there is something to do before the next timer.
  package var hasWork: Bool {
    waiting.withLock { !$0.writes.isEmpty || !$0.internalWrites.isEmpty || !$0.whenHeld.isEmpty }
      || !isHeld && hasReadyFollower
  }

  /// Writes in the name of the service itself or of a caller that was admitted otherwise, as part
  /// of the next transaction.
  ///
  /// - Parameters:
  ///   - call: In whose name.
  ///   - body: What is written; it may be run again.
  ///   - completion: Told once what became of it.
  package func write(
    _ call: Call,
    _ body: @escaping @Sendable (Writing) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    let wake = waiting.withLock { waiting in
      waiting.internalWrites.append(InternalWrite(call: call, body: body, completion: completion))
      return waiting.wakeWriter
    }
    wake()
  }

  /// Whether further writes are refused.
  var isStopping: Bool { waiting.withLock { $0.isStopping } }

  /// Refuses further writes; those in the queue are still done, and what was counted is written
  /// with the next step.
  package func stopTakingCalls() {
    waiting.withLock { $0.isStopping = true }
  }
}
