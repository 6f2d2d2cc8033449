internal import HTTP2
internal import NIOCore
internal import NIOTLS

/// Waits for the end of a client's TLS handshake and puts the HTTP/2 connection behind it.
///
/// Only then does anybody get the connection, so that no call is on its way that the handshake
/// could lose.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let link: ClientLink
  private let promise: EventLoopPromise<NIOLoopBound<ClientLink>>

  init(link: ClientLink, promise: EventLoopPromise<NIOLoopBound<ClientLink>>) {
    self.link = link
    self.promise = promise
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted(let agreed) = event as? TLSUserEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    guard agreed == "h2" else {
      fail(context, ChannelError.inappropriateOperationForState)
      return
    }
    do {
      try context.pipeline.syncOperations.addHandler(link)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      promise.succeed(NIOLoopBound(link, eventLoop: context.eventLoop))
    } catch {
      fail(context, error)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(context, error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(ChannelError.eof)
    context.fireChannelInactive()
  }

  private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }
}
