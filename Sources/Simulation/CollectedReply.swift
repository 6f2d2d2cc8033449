package import Service
internal import Synchronization

/// A reply that keeps what it is given.
package final class CollectedReply: Reply {
  private struct State {
    var answer: Answer?
    var pieces: [[UInt8]] = []
    var isFinished = false
    var isCancelled = false
    var cancelListener: (@Sendable () -> Void)?
    var backlog = 0
    var waiting: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// The whole answer, or the head of a streamed one; nil before there is one.
  package var answer: Answer? { state.withLock { $0.answer } }

  /// The pieces of a streamed answer so far, taken out.
  package func takePieces() -> [[UInt8]] {
    state.withLock { state in
      defer { state.pieces = [] }
      return state.pieces
    }
  }

  /// Whether a streamed answer was ended.
  package var isFinished: Bool { state.withLock { $0.isFinished } }

  /// Gives up listening.
  package func cancel() {
    let told = state.withLock { state in
      state.isCancelled = true
      return state.cancelListener
    }
    told?()
    drain()
  }

  /// Says that so many bytes wait for a slow reader.
  package func pretend(backlog: Int) {
    state.withLock { $0.backlog = backlog }
    if backlog == 0 { drain() }
  }

  private func drain() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for resume in waiting { resume() }
  }

  package func send(_ answer: Answer) {
    state.withLock { state in
      precondition(state.answer == nil, "A call is answered once.")
      state.answer = answer
      state.isFinished = true
    }
  }

  package func begin(status: Int, fields: [Answer.Field]) {
    state.withLock { state in
      precondition(state.answer == nil, "A call is answered once.")
      state.answer = Answer(status: status, fields: fields)
    }
  }

  package func write(_ bytes: [UInt8]) { state.withLock { $0.pieces.append(bytes) } }

  package func finish() { state.withLock { $0.isFinished = true } }

  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  package func whenCancelled(_ tell: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      state.cancelListener = tell
      return state.isCancelled
    }
    if isCancelled { tell() }
  }

  package var backlog: Int { state.withLock { $0.backlog } }

  package func whenDrained(_ resume: @escaping @Sendable () -> Void) {
    let isDrained = state.withLock { state in
      if state.backlog == 0 || state.isCancelled { return true }
      state.waiting.append(resume)
      return false
    }
    if isDrained { resume() }
  }
}
