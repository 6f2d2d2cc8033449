internal import NIOPosix

/// Threads for work that waits for the disk.
package enum Offload {
  /// Runs work on one of a few threads of the process.
  package static func run(_ work: @escaping @Sendable () -> Void) {
    NIOThreadPool.singleton.submit { _ in work() }
  }
}
