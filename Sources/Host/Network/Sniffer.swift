internal import NIOCore
internal import NIOHTTP1

/// Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection in plaintext.
///
/// Under TLS the handshake says which protocol is spoken, and ``Greeting`` calls
/// ``Sniffer/install(_:home:context:certified:)`` directly.
///
/// - Source: RFC 9113, section 3.4.
final class Sniffer: ChannelInboundHandler, RemovableChannelHandler, Kept {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// The versions of HTTP that are spoken.
  enum Version {
    case http1
    case http2
  }

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private let home: Home
  private var context: ChannelHandlerContext?
  private var first: ByteBuffer?
  private let peer: String
  private let opened: NIODeadline

  init(home: Home, peer: String, opened: NIODeadline) {
    self.home = home
    self.peer = peer
    self.opened = opened
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    home.keep(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    home.drop(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if var first {
      first.writeBuffer(&bytes)
      bytes = first
    }
    let matches = zip(bytes.readableBytesView, Self.preface).allSatisfy { $0 == $1 }
    if matches, bytes.readableBytes < Self.preface.count {
      first = bytes
      return
    }
    first = nil
    do {
      try Self.install(matches ? .http2 : .http1, home: home, peer: peer, context: context)
    } catch {
      context.close(promise: nil)
      return
    }
    context.fireChannelRead(wrapInboundOut(bytes))
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  /// Puts the handlers of a protocol behind this one, for a peer whose certificate may name it.
  static func install(
    _ version: Version,
    home: Home,
    peer: String,
    context: ChannelHandlerContext,
    certified: String? = nil
  ) throws {
    let pipeline = context.pipeline.syncOperations
    switch version {
    case .http2:
      let handler = H2ServerHandler(
        home: home,
        peer: peer,
        certified: certified,
        allocator: context.channel.allocator
      )
      try pipeline.addHandler(handler)
    case .http1:
      try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
      try pipeline.addHandler(H1ServerHandler(home: home, peer: peer, certified: certified))
    }
  }

  var idleSince: NIODeadline? { opened }

  func tick() {
    if NIODeadline.now() - opened > TimeAmount(home.limits.headerTimeout) { cut() }
  }

  func wind() {
    context?.close(promise: nil)
  }

  func cut() {
    context?.close(promise: nil)
  }
}
