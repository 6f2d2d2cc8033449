internal import NIOCore
internal import Service
internal import Synchronization

/// What an exchange and the holder of its reply know of each other.
final class ReplyGauge: Sendable {
  /// Whether nobody listens any more.
  let isCancelled = Atomic(false)
  /// Who wants to know when nobody listens any more; nil if nobody does, or they were told.
  private let listener = Mutex<(@Sendable () -> Void)?>(nil)
  /// Bytes of a streamed answer that are on their way to the event loop.
  let travelling = Atomic(0)
  /// Bytes of a streamed answer that wait at the connection.
  let waiting = Atomic(0)
  /// Words that are on their way to the event loop.
  let words = Atomic(0)

  /// Takes note that nobody listens any more.
  func cancel() {
    isCancelled.store(true, ordering: .releasing)
    tell()
  }

  /// Calls once when nobody listens any more.
  func whenCancelled(_ tell: @escaping @Sendable () -> Void) {
    listener.withLock { $0 = tell }
    if isCancelled.load(ordering: .acquiring) { self.tell() }
  }

  private func tell() {
    let told = listener.withLock { listener in
      defer { listener = nil }
      return listener
    }
    told?()
  }

  /// How many bytes were written and not yet taken by the peer.
  var backlog: Int { travelling.load(ordering: .relaxed) + waiting.load(ordering: .relaxed) }
}

/// The way back to the caller of one request, for any thread.
final class StreamReply: Reply {
  private let exchange: NIOLoopBound<Exchange>
  let inbox: Inbox
  private let gauge: ReplyGauge
  private let isOver = Atomic(false)

  init(exchange: NIOLoopBound<Exchange>, inbox: Inbox, gauge: ReplyGauge) {
    self.exchange = exchange
    self.inbox = inbox
    self.gauge = gauge
  }

  deinit {
    if !isOver.load(ordering: .acquiring) { say(.abandon) }
  }

  var isCancelled: Bool { gauge.isCancelled.load(ordering: .relaxed) }

  var backlog: Int { gauge.backlog }

  func send(_ answer: Answer) {
    isOver.store(true, ordering: .releasing)
    say(.answer(answer))
  }

  func begin(status: Int, fields: [Answer.Field]) {
    say(.begin(status: status, fields: fields))
  }

  func write(_ bytes: [UInt8]) {
    gauge.travelling.wrappingAdd(bytes.count, ordering: .relaxed)
    say(.write(bytes))
  }

  func finish() {
    isOver.store(true, ordering: .releasing)
    say(.finish)
  }

  /// Calls once when the backlog is below half of the stream's buffer, or nobody listens any more.
  ///
  /// The closure is called on the event loop, also if the backlog is small already, so a writer
  /// who goes on from it does not pile up calls; only if nobody listens is it called in place.
  func whenDrained(_ resume: @escaping @Sendable () -> Void) {
    guard !isCancelled else {
      resume()
      return
    }
    gauge.words.wrappingAdd(1, ordering: .acquiringAndReleasing)
    inbox.post(Inbox.Item(exchange: exchange, word: .drain(resume)))
  }

  func whenCancelled(_ tell: @escaping @Sendable () -> Void) { gauge.whenCancelled(tell) }

  /// Lets the reply go without an answer, because another one takes its place.
  func withdraw() {
    isOver.store(true, ordering: .releasing)
  }

  private func say(_ word: Inbox.Word) {
    // A word said on the loop itself takes effect at once, unless others are still on their way.
    let isAlone = gauge.words.load(ordering: .acquiring) == 0
    if isAlone, inbox.loop.inEventLoop {
      gauge.words.wrappingAdd(1, ordering: .relaxed)
      exchange.value.hear(word)
      return
    }
    gauge.words.wrappingAdd(1, ordering: .acquiringAndReleasing)
    inbox.post(Inbox.Item(exchange: exchange, word: word))
  }
}
