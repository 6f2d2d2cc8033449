import HTTP2
import Host
import NIOCore

/// A server with a trunk that answers each call on it with the bytes that a test gives, right or
/// wrong; what comes over streams it answers with 200 and the body 1.
final class ScriptedTrunk: Sendable {
  typealias Deed = @Sendable (_ call: UInt32, _ head: HeaderList) -> [UInt8]

  let port: Int
  private let listener: any Channel

  private init(port: Int, listener: any Channel) {
    self.port = port
    self.listener = listener
  }

  static func start(on loops: Loops, _ deed: @escaping Deed) async throws -> ScriptedTrunk {
    let listener = try await loops.listen { ScriptedTrunkHandler(deed) }
    return ScriptedTrunk(port: listener.localAddress?.port ?? 0, listener: listener)
  }

  func stop() async {
    try? await listener.close()
  }
}

private final class ScriptedTrunkHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let deed: ScriptedTrunk.Deed
  private var reader = TrunkReader.ofCalls()
  private var session = ServerSession(limits: .inner) { head in
    head.string(of: ":path") == trunkPath ? .streamed : .collected(limit: 1 << 20)
  }

  init(_ deed: @escaping ScriptedTrunk.Deed) {
    self.deed = deed
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    bytes.withUnsafeReadableBytes { bytes in
      // A test's client makes no mistakes.
      try? session.receive(bytes)
    }
    while let event = session.nextEvent() {
      switch event {
      case .message(let stream, _, _):
        session.respond(stream, HeaderList(status: 200), body: [1])
      case .head(let stream, _, _):
        var head = HeaderList(status: 200)
        head.append("content-type", "application/onedoor-trunk")
        session.respond(stream, head)
      case .data(let stream, let bytes):
        session.consume(stream, bytes.count)
        answer(bytes, on: stream)
      default:
        break
      }
    }
    flush(context)
  }

  private func answer(_ bytes: [UInt8], on stream: Int32) {
    var said: [UInt8] = []
    bytes.withUnsafeBytes {
      _ = try? reader.read($0) { record, head in
        if record.kind == .call, let head { said += deed(record.call, head.list) }
        return true
      }
    }
    session.write(stream, said)
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
