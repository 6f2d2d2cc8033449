internal import HTTP2
internal import NIOCore
internal import NIOPosix

/// The sessions of one event loop towards one service: one that takes calls, and those that end.
final class Upstream {
  private let address: Address
  private let loop: any EventLoop
  private let turn: Turn
  private var link: ClientLink?
  private var waiting: [Relay] = []
  private var isConnecting = false

  init(address: Address, loop: any EventLoop, turn: Turn) {
    self.address = address
    self.loop = loop
    self.turn = turn
  }

  /// Sends a call on its way, at once or when there is a connection.
  func call(_ relay: Relay) {
    if let link, link.takesCalls {
      guard link.openCalls < UpstreamLimits.calls else {
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
      limits: .inner,
      timeout: UpstreamLimits.connectTimeout
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
    timeout: Duration
  ) -> EventLoopFuture<NIOLoopBound<ClientLink>> {
    let turn = NIOLoopBound(turn, eventLoop: loop)
    return ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(timeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let link = ClientLink(
            limits: limits,
            turn: turn.value,
            allocator: channel.allocator
          )
          try channel.pipeline.syncOperations.addHandler(link)
        }
      }
      .connect(host: address.host, port: address.port)
      .flatMapThrowing { channel in
        let link = try channel.pipeline.syncOperations.handler(type: ClientLink.self)
        return NIOLoopBound(link, eventLoop: channel.eventLoop)
      }
  }
}
