internal import NIOCore
internal import Service

/// The way of one request's body to a sink, one piece at a time; used on its event loop only.
///
/// Bytes are given back to the caller when the sink has resumed, so the caller's window bounds what
/// waits here. The sink is never called from within a call that it makes, so that it may hold a lock
/// over such a call, and it hears exactly one of `end` and `abort`.
final class BodyTap {
  private let sink: any BodySink
  private unowned let exchange: Exchange
  private let inbox: Inbox
  /// What came while the sink was busy.
  private var waiting: [UInt8] = []
  /// How many bytes the sink is busy with.
  private var given = 0
  /// The number of the latest piece, so that a second `resume` for the same one does nothing.
  private var number = 0
  private var isBusy = false
  /// Whether the sink is being handed a piece right now.
  private(set) var isCalling = false
  private var hasEnded = false
  private var mustAbort = false
  /// Whether the sink has heard the end or an abort.
  private(set) var isOver = false

  init(sink: any BodySink, exchange: Exchange, inbox: Inbox) {
    self.sink = sink
    self.exchange = exchange
    self.inbox = inbox
  }

  /// How many bytes have not been given back to the caller.
  var held: Int { given + waiting.count }

  /// Takes a piece.
  func receive(_ bytes: [UInt8]) {
    if waiting.isEmpty { waiting = bytes } else { waiting += bytes }
    deliver()
    if !waiting.isEmpty { exchange.holdBack() }
  }

  /// Takes the end.
  func end() {
    hasEnded = true
    deliver()
  }

  /// Goes on after the sink is done with a piece.
  func resume(_ number: Int) {
    guard isBusy, number == self.number, !isOver else { return }
    isBusy = false
    let used = given
    given = 0
    exchange.consume(used)
    deliver()
    if !waiting.isEmpty { exchange.holdBack() }
  }

  /// Lets the sink go before the end.
  ///
  /// - Parameter isLater: Whether this may come from within a call of the sink's.
  func abort(isLater: Bool) {
    guard !isOver else { return }
    isOver = true
    waiting = []
    if isCalling {
      mustAbort = true
    } else if isLater {
      let sink = sink
      inbox.loop.execute { sink.abort() }
    } else {
      sink.abort()
    }
  }

  private func deliver() {
    guard !isCalling else { return }
    while !isBusy, !isOver {
      guard !waiting.isEmpty else {
        guard hasEnded else { return }
        isOver = true
        sink.end()
        return
      }
      var piece: [UInt8] = []
      swap(&piece, &waiting)
      hand(piece)
    }
  }

  private func hand(_ piece: [UInt8]) {
    given = piece.count
    number += 1
    isBusy = true
    isCalling = true
    sink.receive(piece, resume: resumption(of: number))
    isCalling = false
    if mustAbort { sink.abort() }
  }

  private func resumption(of number: Int) -> @Sendable () -> Void {
    let bound = NIOLoopBound(exchange, eventLoop: inbox.loop)
    let inbox = inbox
    return {
      // From within `receive` it takes effect at once and the next piece follows its return.
      if inbox.loop.inEventLoop, bound.value.isCallingSink {
        bound.value.hear(.resume(number))
      } else {
        inbox.post(Inbox.Item(exchange: bound, word: .resume(number)))
      }
    }
  }
}
