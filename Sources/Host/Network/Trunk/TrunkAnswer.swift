internal import HTTP2
internal import NIOCore
internal import Synchronization

/// An answer on a trunk that is sent in pieces, as the caller takes them.
final class TrunkAnswer {
  /// The longest piece: a frame of HTTP/2.
  private static let longestPiece = 16 << 10

  /// The number of the call.
  let call: UInt32
  /// What the writer of the answer looks at; nil if it was whole from the beginning.
  let gauge: ReplyGauge?
  /// Whether nothing is added any more.
  var isWhole = false
  /// What is not sent; the bytes before `start` are gone.
  private var bytes: [UInt8] = []
  private var start = 0
  private var credit = TrunkLimits.window
  /// When the caller took something last, or the answer began.
  private(set) var credited: NIODeadline

  init(to call: UInt32, at now: NIODeadline, gauge: ReplyGauge? = nil) {
    self.call = call
    credited = now
    self.gauge = gauge
  }

  /// How many bytes are not sent.
  var waiting: Int { bytes.count - start }

  /// Whether all is sent.
  var isOver: Bool { isWhole && waiting == 0 }

  /// Adds bytes behind the others.
  func add(_ more: [UInt8]) {
    if waiting == 0 {
      bytes = more
      start = 0
    } else {
      if start > bytes.count / 2 {
        bytes.removeFirst(start)
        start = 0
      }
      bytes += more
    }
    measure()
  }

  /// Takes note that the caller has room for more.
  func credit(_ count: Int, _ now: NIODeadline) {
    credited = now
    credit = min(credit + min(count, TrunkLimits.window), TrunkLimits.window)
  }

  /// The next piece that may be sent now.
  func nextPiece() -> ArraySlice<UInt8>? {
    let count = min(waiting, credit, Self.longestPiece)
    guard count > 0 else { return nil }
    credit -= count
    defer {
      start += count
      if start == bytes.count { (bytes, start) = ([], 0) }
      measure()
    }
    return bytes[start..<start + count]
  }

  private func measure() {
    gauge?.waiting.store(waiting, ordering: .relaxed)
  }
}
