internal import NIOPosix

/// The threads on which an operator's questions are worked at.
///
/// They are few and their own: a copy or a check of a whole store may take minutes, and neither
/// what waits for the disk for callers' sake nor the system's shared threads may wait for it.
enum AdminThreads {
  /// A check, a copy, and two for what is answered at once.
  private static let count = 4

  private static let pool: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
    return pool
  }()

  /// Runs work on one of them, once one is free.
  static func run(_ work: @escaping @Sendable () -> Void) {
    pool.submit { _ in work() }
  }
}
