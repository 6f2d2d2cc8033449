import HTTP2
import Host
import NIOCore
import Synchronization

/// An HTTP/2 server that does to each request what a test says, right or wrong.
final class ScriptedServer: Sendable {
  /// What is done to a request.
  enum Deed: Sendable {
    /// It is answered with 200.
    case answer
    /// Its stream is refused, so that nothing was done.
    case refuse
    /// The connection takes no new streams from this one on, and ends.
    case goAway
    /// The connection is cut.
    case cut
    /// Nothing comes.
    case silence
  }

  let port: Int
  private let listener: any Channel
  private let state: State

  /// What was asked of the server so far.
  final class State: Sendable {
    private let counts = Mutex((connections: 0, requests: 0))
    let deed: @Sendable (_ connection: Int, _ request: Int) -> Deed

    init(deed: @escaping @Sendable (_ connection: Int, _ request: Int) -> Deed) {
      self.deed = deed
    }

    var connections: Int { counts.withLock { $0.connections } }
    var requests: Int { counts.withLock { $0.requests } }

    func nextConnection() -> Int {
      counts.withLock {
        $0.connections += 1
        return $0.connections
      }
    }

    func nextRequest() -> Int {
      counts.withLock {
        $0.requests += 1
        return $0.requests
      }
    }
  }

  private init(port: Int, listener: any Channel, state: State) {
    self.port = port
    self.listener = listener
    self.state = state
  }

  /// Listens; the deed of a request is found by the numbers of its connection and its own, from 1.
  static func start(
    on loops: Loops,
    _ deed: @escaping @Sendable (_ connection: Int, _ request: Int) -> Deed
  ) async throws -> ScriptedServer {
    let state = State(deed: deed)
    let listener = try await loops.listen { ScriptedHandler(state) }
    return ScriptedServer(port: listener.localAddress?.port ?? 0, listener: listener, state: state)
  }

  /// How many connections were made.
  var connections: Int { state.connections }
  /// How many requests came.
  var requests: Int { state.requests }

  func stop() async {
    try? await listener.close()
  }
}

/// One connection of a scripted server.
private final class ScriptedHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let state: ScriptedServer.State
  private let connection: Int
  private var session = ServerSession(limits: .inner) { _ in .collected(limit: 1 << 20) }

  init(_ state: ScriptedServer.State) {
    self.state = state
    connection = state.nextConnection()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    bytes.withUnsafeReadableBytes { bytes in
      // A test's client makes no mistakes.
      try? session.receive(bytes)
    }
    while let event = session.nextEvent() {
      if case .message(let stream, _, _) = event { act(on: stream, context) }
    }
    flush(context)
  }

  private func act(on stream: Int32, _ context: ChannelHandlerContext) {
    switch state.deed(connection, state.nextRequest()) {
    case .answer: session.respond(stream, HeaderList(status: 200), body: [1])
    case .refuse: session.reset(stream, .refusedStream)
    case .goAway:
      // Written by hand: a session does not take back a stream that it has seen.
      flush(context)
      var frame = context.channel.allocator.buffer(capacity: 17)
      frame.writeBytes([0, 0, 8, 7, 0, 0, 0, 0, 0])
      frame.writeInteger(UInt32(stream - 2))
      frame.writeInteger(UInt32(0))
      context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    case .cut: context.close(promise: nil)
    case .silence: break
    }
  }

  private func flush(_ context: ChannelHandlerContext) {
    var buffer = context.channel.allocator.buffer(capacity: 1_024)
    try? session.send { piece in
      buffer.writeBytes(piece)
      return true
    }
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }
}
