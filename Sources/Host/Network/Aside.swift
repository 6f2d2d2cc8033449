internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The threads on which large bodies are read and changed, so that the loops' other callers do not
/// wait.
///
/// They have a lower priority than the loops: where all processors are busy, a loop that has
/// something to do goes first, and whoever sent a large body waits a little longer for it. Those
/// who wait take turns by the networks that they call from, and nothing is done for those who have
/// gone.
enum Aside {
  /// Whose work is refused if too much waits.
  enum Bound {
    /// A stranger's, whose network has a share.
    case share
    /// That of our own house, which shares all the room there is.
    case room
    /// Nobody's: others have done their part of the call already.
    case none

    /// That of what callers of a server ask.
    init(_ limits: ServerLimits) { self = limits.bodiesPerSource == nil ? .room : .share }
  }

  /// The longest body that a loop itself reads or changes, in bytes.
  static let inPlace = 32 << 10
  /// How many bodies may wait; more than a door lets its callers send at once.
  static let room = 1_024
  /// How many of one network may.
  static let share = 64

  /// How much lower their priority is than the process's.
  ///
  /// Unit: steps of nice(2).
  private static let courtesy: Int32 = 5

  private static let process = __priority_which_t(PRIO_PROCESS.rawValue)

  /// The priority as setpriority(2) takes it, where 19 is the lowest there is.
  private static let priority = min(19, getpriority(process, id_t(getpid())) + courtesy)

  /// How many they are.
  ///
  /// Fewer than the readers that a store lends, so that loops never wait for these threads to give
  /// theirs back.
  static let threads = min(System.coreCount, 3)

  private static let pool: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
    return pool
  }()

  /// What one of them has to do.
  private struct Job: Sendable {
    var isWanted: @Sendable () -> Bool
    var work: @Sendable () -> Void
  }

  private static let waiting = Mutex(Rounds<Job>())

  /// Runs work on one of them, once one is free and the source has its turn.
  ///
  /// - Parameters:
  ///   - source: The network of whoever it is done for.
  ///   - bound: Whether it is refused if too much waits.
  ///   - isWanted: Whether somebody still waits for it; asked on any thread.
  ///   - work: What is to be done.
  /// - Returns: false if too much waits; then it is not run.
  static func run(
    for source: String,
    _ bound: Bound,
    while isWanted: @escaping @Sendable () -> Bool,
    _ work: @escaping @Sendable () -> Void
  ) -> Bool {
    // Let go behind the lock, since what they hold may have something to say then.
    var gone: [Job] = []
    let hasRoom = waiting.withLock { waiting in
      guard mayAdd(to: &waiting, for: source, bound, &gone) else { return false }
      waiting.add(Job(isWanted: isWanted, work: work), for: source)
      return true
    }
    gone = []
    guard hasRoom else { return false }
    pool.submit { _ in
      // Of the calling thread. A pool has no hook for the start of its threads, and one system call
      // more is nothing to what is done here. A system that forbids it does it at full priority.
      _ = setpriority(process, 0, priority)
      // Not the work that was submitted with it, but that whose turn it is.
      next()?.work()
    }
    return true
  }

  /// Whether there is room, if need be by dropping what of the source nobody waits for any more.
  private static func mayAdd(
    to waiting: inout Rounds<Job>,
    for source: String,
    _ bound: Bound,
    _ gone: inout [Job]
  ) -> Bool {
    func fits() -> Bool {
      waiting.count < room && (bound == .room || waiting.count(of: source) < share)
    }
    if bound == .none || fits() { return true }
    gone = waiting.drop(of: source) { !$0.isWanted() }
    return fits()
  }

  private static func next() -> Job? {
    while let job = waiting.withLock({ $0.next() }) {
      if job.isWanted() { return job }
    }
    return nil
  }
}

/// Whether somebody still waits for what is done on another thread.
final class Wish: Sendable {
  private let isGone = Atomic(false)

  var isAlive: Bool { !isGone.load(ordering: .relaxed) }

  func end() { isGone.store(true, ordering: .relaxed) }
}
