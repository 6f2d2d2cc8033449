internal import NIOCore
internal import Service
internal import Synchronization

/// What other threads tell one event loop, many words in one hop.
final class Inbox: Sendable {
  /// What is said about an exchange.
  enum Word: Sendable {
    case answer(Answer)
    case begin(status: Int, fields: [Answer.Field])
    case write([UInt8])
    case finish
    /// Nobody is left who could answer.
    case abandon
    /// What a door decided later.
    case passage(Passage)
    /// The holder of the reply waits until little is left to be sent.
    case drain(@Sendable () -> Void)
    /// A sink is done with the piece of that number.
    case resume(Int)
  }

  /// A word and whom it is for.
  struct Item: Sendable {
    var exchange: NIOLoopBound<Exchange>
    var word: Word
  }

  private struct State {
    var items: [Item] = []
    var home: NIOLoopBound<Home>?
  }

  let loop: any EventLoop
  private let state = Mutex(State())

  init(loop: any EventLoop) {
    self.loop = loop
  }

  /// Says whose loop it is; called once, on the loop.
  func bind(_ home: Home) {
    let bound = NIOLoopBound(home, eventLoop: loop)
    state.withLock { $0.home = bound }
  }

  /// Brings a word to the loop.
  func post(_ item: Item) {
    let isFirst = state.withLock { state in
      state.items.append(item)
      return state.items.count == 1
    }
    if isFirst { loop.execute { self.drain() } }
  }

  private func drain() {
    let (items, home) = state.withLock { state in
      var items: [Item] = []
      swap(&items, &state.items)
      return (items, state.home)
    }
    for item in items { item.exchange.value.hear(item.word) }
    home?.value.pump()
  }
}
