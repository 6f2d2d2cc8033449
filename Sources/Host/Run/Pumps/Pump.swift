internal import Dispatch
internal import Foundation
internal import Synchronization

/// A thread of its own that does steps: when it is woken, and now and then.
package final class Pump: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private let isAwake = Atomic(false)
  private let isStopping = Atomic(false)
  private let ended = DispatchGroup()
  private let interval: @Sendable () -> Int
  private let step: @Sendable () -> Bool

  /// Makes a pump that does not run yet.
  ///
  /// - Parameters:
  ///   - interval: How long it sleeps at most between two steps, in milliseconds; asked before
  ///     each sleep.
  ///   - step: What it does; it answers whether there is more to do at once.
  package init(
    interval: @autoclosure @escaping @Sendable () -> Int,
    step: @escaping @Sendable () -> Bool
  ) {
    self.interval = interval
    self.step = step
  }

  /// Starts the thread.
  ///
  /// - Parameter name: What an operator sees as the thread's name, at most 15 characters.
  package func start(name: String) {
    ended.enter()
    let thread = Thread { [self] in
      run()
      ended.leave()
    }
    thread.name = name
    thread.start()
  }

  /// Asks for a step soon; cheap, and called from any thread.
  package func wake() {
    if !isAwake.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
  }

  /// Ends the thread once there is nothing more to do at once.
  package func stop() async {
    isStopping.store(true, ordering: .releasing)
    wake()
    await withCheckedContinuation { continuation in
      ended.notify(queue: .global()) { continuation.resume() }
    }
  }

  private func run() {
    while true {
      // Before the step: who wakes during it is not overlooked.
      isAwake.store(false, ordering: .releasing)
      let hasMore = step()
      if !hasMore, isStopping.load(ordering: .acquiring) { return }
      // A wake that the step has already answered is taken off, so that none pile up.
      _ = semaphore.wait(timeout: hasMore ? .now() : .now() + .milliseconds(interval()))
    }
  }
}
