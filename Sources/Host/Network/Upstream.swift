internal import HTTP2
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The sessions of one event loop towards one service: one that takes calls, and those that end.
final class Upstream {
  private let address: Address
  private let secured: Secured?
  private let loop: any EventLoop
  private let turn: Turn
  private let limits: Limits
  private var link: ClientLink?
  private var waiting: [Relay] = []
  private var isConnecting = false

  init(address: Address, secured: Secured?, loop: any EventLoop, turn: Turn, limits: Limits) {
    self.address = address
    self.secured = secured
    self.limits = limits
    self.loop = loop
    self.turn = turn
  }

  /// Sends a call on its way, at once or when there is a connection.
  func call(_ relay: Relay) {
    if let link, link.takesCalls {
      guard link.openCalls + link.trunk.openCalls < UpstreamLimits.calls else {
        relay.overload()
        return
      }
      relay.attach(link)
      return
    }
    guard waiting.count < UpstreamLimits.calls else {
      relay.overload()
      return
    }
    // It takes no more calls; those that are open go on to their end.
    link?.goAway()
    link = nil
    waiting.append(relay)
    connect()
  }

  /// Sends a call on its way after a short pause.
  func callLater(_ relay: Relay) {
    loop.assumeIsolated().scheduleTask(in: .milliseconds(UpstreamLimits.pauseBeforeRetry)) {
      self.call(relay)
    }
  }

  private func connect() {
    guard !isConnecting else { return }
    isConnecting = true
    ClientLink.connect(
      to: address,
      loop: loop,
      turn: turn,
      limits: limits,
      timeout: UpstreamLimits.connectTimeout,
      secured: secured
    )
    .assumeIsolated()
    .whenComplete { result in
      self.isConnecting = false
      let relays = self.waiting
      self.waiting = []
      switch result {
      case .success(let link):
        self.link = link.value
        for relay in relays { relay.attach(link.value) }
      case .failure:
        for relay in relays { relay.broke(.notSent) }
      }
    }
  }

  /// Closes the session; calls that are open are lost.
  func close() {
    link?.close()
    link = nil
  }
}

extension ClientLink {
  /// Makes a connection on a loop; the future is that loop's.
  static func connect(
    to address: Address,
    loop: any EventLoop,
    turn: Turn,
    limits: Limits,
    timeout: Duration,
    secured: Secured?
  ) -> EventLoopFuture<NIOLoopBound<ClientLink>> {
    let turn = NIOLoopBound(turn, eventLoop: loop)
    let linked = loop.makePromise(of: NIOLoopBound<ClientLink>.self)
    let overdue = loop.scheduleTask(in: TimeAmount(timeout)) {
      linked.fail(ChannelError.connectTimeout(TimeAmount(timeout)))
    }
    ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(timeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          let link = ClientLink(limits: limits, turn: turn.value, allocator: channel.allocator)
          guard let secured else {
            try pipeline.addHandler(link)
            return
          }
          let tls = try NIOSSLClientHandler(
            context: secured.security.context,
            serverHostname: secured.name
          )
          try pipeline.addHandler(tls)
          try pipeline.addHandler(Handshake(link: link, promise: linked))
        }
      }
      .connect(host: address.host, port: address.port)
      .whenComplete { result in
        switch result {
        case .success(let channel):
          // Whoever stopped waiting gets no connection, so nobody else must keep it.
          linked.futureResult.whenFailure { _ in channel.close(promise: nil) }
          guard secured == nil else { return }
          linked.completeWith(
            Result {
              let link = try channel.pipeline.syncOperations.handler(type: ClientLink.self)
              return NIOLoopBound(link, eventLoop: channel.eventLoop)
            }
          )
        case .failure(let error):
          linked.fail(error)
        }
      }
    linked.futureResult.whenComplete { _ in overdue.cancel() }
    return linked.futureResult
  }
}
