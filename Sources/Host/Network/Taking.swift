internal import NIOCore

/// What a peer has taken of the answers that wait for it, and how fast.
///
/// What was handed to the system says little while the system takes no more: megabytes of it may
/// lie there, of which a slow peer takes its share all the time. Then what the peer's system
/// acknowledges counts. At other times it does not, since it may be anything, for example answers
/// to PING.
///
/// - Source: docs/adr/0044-what-a-peer-takes-is-what-its-system-acknowledges.md
struct Taking {
  private var pace: Pace
  private var count = 0
  private var handed: Int
  private var acknowledged: Int

  /// Begins to look.
  init(handed: Int, by channel: (any Channel)?, at age: TimeAmount) {
    self.handed = handed
    acknowledged = channel?.acknowledged ?? 0
    pace = Pace(from: age)
  }

  /// Looks again.
  ///
  /// - Parameters:
  ///   - handed: How many bytes of bodies were handed to the system so far.
  ///   - channel: The connection.
  mutating func look(handed: Int, at channel: (any Channel)?) {
    let acknowledged = channel?.acknowledged ?? 0
    if handed > self.handed {
      count += handed - self.handed
    } else if channel?.isWritable == false {
      count += max(0, acknowledged - self.acknowledged)
    }
    (self.handed, self.acknowledged) = (handed, acknowledged)
  }

  /// Whether less than `rate` bytes a second were taken over the last window.
  mutating func isBelow(_ rate: Int, over window: TimeAmount, age: TimeAmount) -> Bool {
    pace.isBelow(rate, over: window, age: age, count: count)
  }
}
