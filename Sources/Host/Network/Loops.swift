package import NIOCore
internal import NIOPosix

/// The event loops that servers and client connections run on, one thread each.
package final class Loops: Sendable {
  /// The loops as NIO knows them.
  package let group: any EventLoopGroup

  /// Starts the threads.
  ///
  /// - Parameter count: The number of loops, at least 1.
  package init(count: Int = 1) {
    group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, count))
    for loop in group.makeIterator() { loop.execute(Slice.shorten) }
  }

  /// Ends the threads, once nothing uses the loops any more.
  package func stop() async {
    // It fails only if it is called twice, and then there is nothing left to stop.
    try? await group.shutdownGracefully()
  }
}
