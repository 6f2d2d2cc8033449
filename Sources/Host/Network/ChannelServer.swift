package import NIOCore
package import Service

/// A server without a port.
///
/// Whoever makes a channel, and runs its loop, has it served like a connection in plaintext.
package struct ChannelServer: Sendable {
  private let home: NIOLoopBound<Home>

  /// Creates a server on a loop; called on that loop.
  ///
  /// - Parameters:
  ///   - endpoint: What answers. If it is a ``Door`` it decides at the head of each request.
  ///   - limits: What callers may do; nobody counts the channels.
  ///   - loop: The loop of all channels that are to be served.
  package init(_ endpoint: any Endpoint, limits: ServerLimits, on loop: any EventLoop) {
    let home = Home(
      loop: loop,
      endpoint: endpoint,
      limits: limits,
      upstreams: Upstreams(),
      account: MemoryAccount(limit: limits.bodies, share: limits.bodiesPerSource)
    )
    self.home = NIOLoopBound(home, eventLoop: loop)
  }

  /// Serves a channel of the loop from its first byte on; called on the loop.
  ///
  /// - Throws: An error of NIO if the channel is closed already.
  package func serve(_ channel: any Channel) throws {
    try channel.pipeline.syncOperations.addHandler(
      Sniffer(home: home.value, peer: "", opened: .now())
    )
  }
}
