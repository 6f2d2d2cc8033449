internal import Synchronization

/// Whether the feed of another service is heard, told to the log once when it is lost and once when
/// it is back, and not at each try.
final class FeedSight: Sendable {
  private struct State {
    /// Whether the feed was heard in the try that goes on.
    var isHeard = false
    /// Whether the log has it that the feed is lost.
    var isLost = false
  }

  private let upstream: String
  private let log: Log
  private let state = Mutex(State())

  init(of upstream: String, log: Log) {
    self.upstream = upstream
    self.log = log
  }

  /// Whether the feed was heard in the last try.
  var isHeard: Bool { state.withLock { $0.isHeard } }

  /// A try begins.
  func begin() { state.withLock { $0.isHeard = false } }

  /// Something was heard.
  ///
  /// - Returns: Whether it is the first of this try.
  func hear() -> Bool {
    let (isFirst, isBack) = state.withLock { state in
      defer { (state.isHeard, state.isLost) = (true, false) }
      return (!state.isHeard, state.isLost)
    }
    if isBack { log.info("feed is reachable again", [.upstream: upstream]) }
    return isFirst
  }

  /// The try has failed.
  ///
  /// A stream that was heard and has ended is no loss: the next try shows whether it can be had.
  func lose(_ error: any Error) {
    let fields: [LogKey: String] = [.upstream: upstream, .detail: String(describing: error)]
    let isNews = state.withLock { state in
      guard !state.isHeard, !state.isLost else { return false }
      state.isLost = true
      return true
    }
    if isNews {
      log.warning("feed is not reachable", fields)
    } else {
      log.debug("feed was left", fields)
    }
  }
}
