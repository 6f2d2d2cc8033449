internal import NIOCore

/// The list of those that have something to send at the end of a loop's turn.
///
/// What many events of one turn submit goes out in one write for each connection.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class Turn {
  private let loop: any EventLoop
  @exclusivity(unchecked) private var scheduled: [any Pumped] = []
  @exclusivity(unchecked) private var spare: [any Pumped] = []
  /// Whether so much waits that it should not wait until all connections were read.
  @exclusivity(unchecked) var isFull = false

  init(loop: any EventLoop) {
    self.loop = loop
  }

  /// Puts something on the list.
  func schedule(_ item: any Pumped) {
    guard !item.isScheduled else { return }
    item.isScheduled = true
    scheduled.append(item)
    guard scheduled.count == 1 else { return }
    loop.assumeIsolated().execute { self.pump() }
  }

  /// Lets all that is on the list send.
  func pump() {
    isFull = false
    while !scheduled.isEmpty {
      swap(&scheduled, &spare)
      let items = spare
      spare.removeAll(keepingCapacity: false)
      for item in items where item.isScheduled {
        item.isScheduled = false
        item.pump()
      }
    }
  }
}
