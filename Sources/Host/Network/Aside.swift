internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The threads on which large bodies are read and changed, so that the loops' other callers do not
/// wait.
///
/// They have a lower priority than the loops: where all processors are busy, a loop that has
/// something to do goes first, and whoever sent a large body waits a little longer for it.
enum Aside {
  /// The longest body that a loop itself reads or changes, in bytes.
  static let inPlace = 32 << 10

  /// How much lower their priority is than the process's.
  ///
  /// Unit: steps of nice(2).
  private static let courtesy: Int32 = 5

  private static let process = __priority_which_t(PRIO_PROCESS.rawValue)

  /// The priority as setpriority(2) takes it, where 19 is the lowest there is.
  private static let priority = min(19, getpriority(process, id_t(getpid())) + courtesy)

  /// Fewer than the readers that a store lends, so that loops never wait for these threads to give
  /// theirs back.
  private static let mostThreads = 3

  private static let pool: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: min(System.coreCount, mostThreads))
    pool.start()
    return pool
  }()

  /// Runs work on one of them, once one is free.
  static func run(_ work: @escaping @Sendable () -> Void) {
    pool.submit { _ in
      // Of the calling thread. A pool has no hook for the start of its threads, and one system call
      // more is nothing to what is done here. A system that forbids it does it at full priority.
      _ = setpriority(process, 0, priority)
      work()
    }
  }
}
