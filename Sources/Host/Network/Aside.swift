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

  private static let waiting = Mutex(Rounds<Wish>())

  /// Runs work on one of them, once one is free and the source has its turn.
  ///
  /// - Parameters:
  ///   - source: The network of whoever it is done for.
  ///   - bound: Whether it is refused if too much waits.
  ///   - wish: What is to be done, for as long as somebody waits for it.
  /// - Returns: false if too much waits; then it is not run, and the wish has ended.
  static func run(for source: String, _ bound: Bound, _ wish: Wish) -> Bool {
    let hasRoom = waiting.withLock { waiting in
      guard mayAdd(to: &waiting, for: source, bound) else { return false }
      waiting.add(wish, for: source)
      return true
    }
    guard hasRoom else {
      wish.end()
      return false
    }
    pool.submit { _ in
      // Of the calling thread. A pool has no hook for the start of its threads, and one system call
      // more is nothing to what is done here. A system that forbids it does it at full priority.
      _ = setpriority(process, 0, priority)
      // Not the work that was submitted with it, but that whose turn it is.
      next()?()
    }
    return true
  }

  /// Whether there is room, if need be by dropping what nobody waits for any more: of the source,
  /// or of all where they have no room left together.
  private static func mayAdd(
    to waiting: inout Rounds<Wish>,
    for source: String,
    _ bound: Bound
  ) -> Bool {
    func hasShare() -> Bool { bound == .room || waiting.count(of: source) < share }
    if bound == .none { return true }
    if !hasShare() { waiting.drop(of: source) { !$0.isAlive } }
    if waiting.count >= room { waiting.drop { !$0.isAlive } }
    return waiting.count < room && hasShare()
  }

  private static func next() -> (@Sendable () -> Void)? {
    while let wish = waiting.withLock({ $0.next() }) {
      if let work = wish.take() { return work }
    }
    return nil
  }
}

/// What is to be done on another thread, for as long as somebody waits for it.
///
/// The work and all that it holds, a body above all, is gone once it has ended: what waits is
/// bounded in number only, and the bodies of those who have gone count nowhere.
final class Wish: Sendable {
  private let work: Mutex<(@Sendable () -> Void)?>

  init(_ work: @escaping @Sendable () -> Void) {
    self.work = Mutex(work)
  }

  /// Whether somebody waits for it and nobody has begun it.
  var isAlive: Bool { work.withLock { $0 != nil } }

  /// The work, for whoever begins it; nil if nobody waits for it.
  func take() -> (@Sendable () -> Void)? {
    work.withLock { work in
      defer { work = nil }
      return work
    }
  }

  /// Nobody waits for it any more.
  func end() {
    // Let go behind the lock, since what it holds may have something to say then.
    _ = take()
  }
}
