internal import HTTP2
internal import NIOCore

/// One call of our own and those who wait for its answer; used on its event loop only.
final class ClientCall: AnswerSink {
  /// What can be waited for at the end of all.
  private enum Outcome {
    case open
    case whole
    case failed(any Error)
  }

  private let link: ClientLink
  private let loop: any EventLoop
  private var stream: StreamKey?
  private var head: HeaderList?
  private var pieces: [[UInt8]] = []
  private var outcome = Outcome.open
  private var answerWaiter: CheckedContinuation<HeaderList, any Error>?
  private var pieceWaiter: CheckedContinuation<[UInt8]?, any Error>?
  private var deadline: Scheduled<Void>?

  init(link: ClientLink, loop: any EventLoop) {
    self.link = link
    self.loop = loop
  }

  /// Sends the request.
  func start(_ head: HeaderList, body: [UInt8], deadline: Duration?) {
    stream = link.call(OutgoingHead(HeadTemplate(head)), body: body, isWhole: true, sink: self)
    guard stream != nil else {
      conclude(.failed(ClientError.notReachable))
      return
    }
    guard let deadline else { return }
    self.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(deadline)) {
      self.breakOff(ClientError.deadlinePassed)
    }
  }

  // From those who wait

  /// Waits for the head.
  func whenAnswered(_ waiter: CheckedContinuation<HeaderList, any Error>) {
    if let head {
      waiter.resume(returning: head)
    } else if case .failed(let error) = outcome {
      waiter.resume(throwing: error)
    } else {
      answerWaiter = waiter
    }
  }

  /// Waits for what has come of the body since the last time, as one piece.
  func whenReceived(_ waiter: CheckedContinuation<[UInt8]?, any Error>) {
    guard pieces.isEmpty else {
      waiter.resume(returning: takePieces())
      return
    }
    switch outcome {
    case .open: pieceWaiter = waiter
    case .whole: waiter.resume(returning: nil)
    case .failed(let error): waiter.resume(throwing: error)
    }
  }

  private func takePieces() -> [UInt8] {
    var all: [UInt8] = []
    swap(&all, &pieces[0])
    for piece in pieces.dropFirst() { all += piece }
    pieces.removeAll()
    if case .open = outcome, let stream { link.consume(stream, all.count) }
    return all
  }

  /// Nobody wants the answer any more.
  func cancel() {
    breakOff(CancellationError())
  }

  private func breakOff(_ error: any Error) {
    guard case .open = outcome else { return }
    if let stream { link.cancel(stream) }
    pieces = []
    conclude(.failed(error))
  }

  private func conclude(_ outcome: Outcome) {
    guard case .open = self.outcome else { return }
    self.outcome = outcome
    deadline?.cancel()
    deadline = nil
    let answerWaiter = answerWaiter
    let pieceWaiter = pieceWaiter
    self.answerWaiter = nil
    self.pieceWaiter = nil
    if case .failed(let error) = outcome {
      answerWaiter?.resume(throwing: error)
      pieceWaiter?.resume(throwing: error)
    } else {
      pieceWaiter?.resume(returning: nil)
    }
  }

  // From the connection

  func answered(_ head: Head, isWhole: Bool) {
    let head = HeaderList(head)
    self.head = head
    answerWaiter?.resume(returning: head)
    answerWaiter = nil
    if isWhole { conclude(.whole) }
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    pieces.append(Array(bytes))
    guard let waiter = pieceWaiter else { return }
    pieceWaiter = nil
    waiter.resume(returning: takePieces())
  }

  func ended() {
    conclude(.whole)
  }

  func broke(_ failure: LinkFailure) {
    conclude(.failed(ClientError(failure)))
  }

  func drained() {}

  func settle() {}
}
