internal import NIOCore
internal import NIOEmbedded
internal import Synchronization

/// The socket of one connection without a system behind it: what is written is kept.
///
/// A slow one takes a few bytes a turn, and its channel says like a real one whether it can be
/// written to.
final class HTTP1Wire: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private struct Write {
    var bytes: ArraySlice<UInt8>
    var promise: EventLoopPromise<Void>?
    var isFlushed = false
  }

  /// From how many waiting bytes on a channel cannot be written to, and below how many it can.
  private static let marks = (high: 160, low: 80)
  /// How many bytes a slow socket takes a turn.
  private static let pace = 48

  private let isSlow: Bool
  private var waiting: [Write] = []
  private var context: ChannelHandlerContext?
  /// What was sent.
  private(set) var output: [UInt8] = []
  /// Whether the connection wants to read.
  var wantsRead = false
  private(set) var isOutputClosed = false
  private let refusal: Refusal

  /// Whether an answer of 400 was written.
  final class Refusal: Sendable {
    private let written = Atomic(false)

    var isWritten: Bool { written.load(ordering: .relaxed) }

    func write() { written.store(true, ordering: .relaxed) }
  }

  init(isSlow: Bool, refusal: Refusal) {
    self.isSlow = isSlow
    self.refusal = refusal
  }

  /// Whether something was written that nobody will ever send.
  var hasUnflushed: Bool { waiting.contains { !$0.isFlushed } }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func read(context: ChannelHandlerContext) { wantsRead = true }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isOutputClosed, case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    let bytes = Array(buffer.readableBytesView)
    if bytes.starts(with: Array("HTTP/1.1 400".utf8)) {
      refusal.write()
    }
    waiting.append(Write(bytes: bytes[...], promise: promise))
    setWritable()
  }

  func flush(context: ChannelHandlerContext) {
    for index in waiting.indices { waiting[index].isFlushed = true }
    if !isSlow { take(.max) }
  }

  func close(
    context: ChannelHandlerContext,
    mode: CloseMode,
    promise: EventLoopPromise<Void>?
  ) {
    isOutputClosed = true
    guard mode != .output else {
      promise?.succeed()
      return
    }
    // What was flushed before the end counts as sent.
    let left = waiting
    waiting = []
    for write in left where write.isFlushed { output += write.bytes }
    context.close(mode: mode, promise: promise)
    for write in left { write.promise?.fail(ChannelError.ioOnClosedChannel) }
  }

  /// The socket takes what it can in one turn.
  ///
  /// - Returns: Whether it took something.
  func turn() -> Bool { take(isSlow ? Self.pace : .max) }

  @discardableResult
  private func take(_ most: Int) -> Bool {
    var left = most
    while left > 0, let first = waiting.first, first.isFlushed {
      let piece = first.bytes.prefix(left)
      output += piece
      left -= piece.count
      waiting[0].bytes = first.bytes.dropFirst(piece.count)
      guard waiting[0].bytes.isEmpty else { break }
      waiting.removeFirst().promise?.succeed()
    }
    setWritable()
    return left < most
  }

  private func setWritable() {
    guard isSlow, let channel = context?.channel as? EmbeddedChannel else { return }
    let count = waiting.reduce(0) { $0 + $1.bytes.count }
    if channel.isWritable ? count > Self.marks.high : count < Self.marks.low {
      channel.isWritable.toggle()
      channel.pipeline.syncOperations.fireChannelWritabilityChanged()
    }
  }
}
