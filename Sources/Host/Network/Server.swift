internal import NIOCore
internal import NIOPosix
internal import NIOSSL
package import Service
internal import Synchronization

/// What listens on a port and serves an endpoint over HTTP/2 and HTTP/1.1.
package final class Server: Sendable {
  /// The port that is listened on.
  package var port: Int { porch.port }
  private let porch: Porch
  private let homes: [NIOLoopBound<Home>]

  private init(porch: Porch, homes: [NIOLoopBound<Home>]) {
    self.porch = porch
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
  ///   - isDated: Whether answers say when they were sent, as they must where others than the
  ///     house's own call (RFC 9110, 6.6.1).
  ///   - loops: The loops that serve the connections.
  /// - Returns: The server, listening.
  /// - Throws: An error of the system if the address cannot be bound.
  package static func start(
    _ endpoint: any Endpoint,
    at address: Address,
    limits: ServerLimits,
    upstreams: Upstreams = Upstreams(),
    security: Security? = nil,
    isDated: Bool = false,
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
          account: account,
          isDated: isDated
        )
        return NIOLoopBound(home, eventLoop: loop)
      }.get()
      homes.append(home)
    }
    let count = ConnectionCount(limits)
    let turn = Atomic(0)
    let next = { @Sendable [homes] in
      homes[turn.wrappingAdd(1, ordering: .relaxed).oldValue % homes.count]
    }
    let porch = try Porch(at: address, limits: limits, count: count) {
      let place = next()
      place.eventLoop.execute { _ = Self.hasRoom(place.value, count) }
    } admit: { arrival in
      Self.admit(arrival, to: next(), count, security)
    }
    return Server(porch: porch, homes: homes)
  }

  /// Gives a connection to a loop.
  private static func admit(
    _ arrival: Arrival,
    to place: NIOLoopBound<Home>,
    _ count: ConnectionCount,
    _ security: Security?
  ) {
    let departure = Departure(from: count, arrival.source)
    let channel = ClientBootstrap(group: place.eventLoop)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          // First of all, for whatever throws below closes the channel.
          channel.closeFuture.whenComplete { _ in departure.take() }
          let home = place.value
          guard !home.isWinding, Self.hasRoom(home, count) else {
            throw ChannelError.ioOnClosedChannel
          }
          let pipeline = channel.pipeline.syncOperations
          if let security {
            try pipeline.addHandler(NIOSSLServerHandler(context: security.context))
            try pipeline.addHandler(Greeting(home: home, side: security.side, arrival))
          } else {
            try pipeline.addHandler(
              Sniffer(home: home, peer: arrival.peer, opened: arrival.accepted)
            )
          }
        }
      }
      .withConnectedSocket(arrival.descriptor)
    // It may fail before there is a channel that could be closed.
    channel.whenFailure { _ in departure.take() }
  }

  /// Whether there is room, if need be by cutting some that are idle.
  private static func hasRoom(_ home: Home, _ count: ConnectionCount) -> Bool {
    guard count.isCrowded else { return true }
    let leaving = home.relieve()
    count.expect(leaving: leaving)
    return leaving > 0
  }

  /// That a connection is counted no more, which must happen once.
  private final class Departure: Sendable {
    private let count: ConnectionCount
    private let source: String
    private let isTaken = Atomic(false)

    init(from count: ConnectionCount, _ source: String) {
      self.count = count
      self.source = source
    }

    func take() {
      if !isTaken.exchange(true, ordering: .relaxed) { count.leave(source) }
    }
  }

  /// Stops: takes no new connection, tells callers, answers what is in flight, and closes.
  ///
  /// - Parameter grace: How long what is in flight may take; it is cut off then.
  package func stop(grace: Duration) async {
    await porch.stop()
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
