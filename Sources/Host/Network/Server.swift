internal import NIOCore
internal import NIOPosix
internal import NIOSSL
package import Service

/// What listens on a port and serves an endpoint over HTTP/2 and HTTP/1.1.
package final class Server: Sendable {
  /// The port that is listened on.
  package let port: Int
  private let listener: any Channel
  private let homes: [NIOLoopBound<Home>]

  private init(port: Int, listener: any Channel, homes: [NIOLoopBound<Home>]) {
    self.port = port
    self.listener = listener
    self.homes = homes
  }

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - endpoint: What answers. If it is a ``Door`` it decides at the head of each request.
  ///   - address: Where to listen; port 0 is any free one.
  ///   - limits: What callers may do.
  ///   - upstreams: The services that a door forwards to.
  ///   - security: The TLS of the connections; nil for plaintext.
  ///   - loops: The loops that serve the connections.
  /// - Returns: The server, listening.
  /// - Throws: An error of the system if the address cannot be bound.
  package static func start(
    _ endpoint: any Endpoint,
    at address: Address,
    limits: ServerLimits,
    upstreams: Upstreams = Upstreams(),
    security: Security? = nil,
    on loops: Loops
  ) async throws -> Server {
    let account = MemoryAccount(limit: limits.bodies, share: limits.bodiesPerSource)
    var homes: [NIOLoopBound<Home>] = []
    for loop in loops.group.makeIterator() {
      let home = try await loop.submit {
        let home = Home(
          loop: loop,
          endpoint: endpoint,
          limits: limits,
          upstreams: upstreams,
          account: account
        )
        return NIOLoopBound(home, eventLoop: loop)
      }.get()
      homes.append(home)
    }
    let byLoop = Dictionary(
      uniqueKeysWithValues: homes.map { (ObjectIdentifier($0.eventLoop), $0) }
    )
    let count = ConnectionCount(limits)
    let listener = try await ServerBootstrap(group: loops.group)
      .serverChannelOption(.backlog, value: 1_024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: false)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let home = byLoop[ObjectIdentifier(channel.eventLoop)]?.value,
            !home.isWinding
          else { throw ChannelError.ioOnClosedChannel }
          let source = SourceNetwork.of(channel.remoteAddress?.ipAddress ?? "")
          switch count.enter(source) {
          case .greedy: throw ChannelError.ioOnClosedChannel
          case .crowded where !home.relieve():
            count.leave(source)
            throw ChannelError.ioOnClosedChannel
          case .welcome, .crowded: break
          }
          channel.closeFuture.whenComplete { _ in count.leave(source) }
          let pipeline = channel.pipeline.syncOperations
          if let security {
            try pipeline.addHandler(NIOSSLServerHandler(context: security.context))
            try pipeline.addHandler(Greeting(home: home, side: security.side))
          } else {
            try pipeline.addHandler(Sniffer(home: home))
          }
        }
      }
      .bind(host: address.host, port: address.port)
      .get()
    guard let port = listener.localAddress?.port else { throw ChannelError.unknownLocalAddress }
    return Server(port: port, listener: listener, homes: homes)
  }

  /// Stops: takes no new connection, tells callers, answers what is in flight, and closes.
  ///
  /// - Parameter grace: How long what is in flight may take; it is cut off then.
  package func stop(grace: Duration) async {
    // A listener that is closed already is what is wanted.
    try? await listener.close()
    await withTaskGroup { group in
      for home in homes {
        group.addTask { await Self.stop(home, grace: grace) }
      }
    }
  }

  private static func stop(_ home: NIOLoopBound<Home>, grace: Duration) async {
    let loop = home.eventLoop
    let emptied = loop.makePromise(of: Void.self)
    loop.execute {
      home.value.wind { emptied.succeed() }
      loop.assumeIsolated().scheduleTask(in: TimeAmount(grace)) { home.value.cut() }
    }
    // The promise is never failed.
    try? await emptied.futureResult.get()
  }
}
