internal import NIOCore

extension ChannelHandlerContext {
  /// How long the other side may take to see the end before the connection is cut, in seconds.
  private static var linger: Int64 { 1 }

  /// Writes the last piece, closes this direction, and soon after the whole connection.
  ///
  /// Closing at once while bytes still come in makes the kernel send a reset, which may destroy
  /// what the other side has not read yet.
  func lingeringClose(_ last: NIOAny) {
    let channel = channel
    writeAndFlush(last).whenComplete { _ in Self.endSoon(channel) }
  }

  /// The same behind a last piece that has left already.
  func lingeringClose() {
    Self.endSoon(channel)
  }

  private static func endSoon(_ channel: any Channel) {
    channel.close(mode: .output, promise: nil)
    channel.eventLoop.scheduleTask(in: .seconds(linger)) { channel.close(promise: nil) }
  }
}
