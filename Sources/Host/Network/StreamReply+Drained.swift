internal import NIOCore

extension StreamReply {
  /// The backlog that counts as small, in bytes.
  private static let smallBacklog = 256 << 10

  /// How long the loop waits before it looks again, in milliseconds.
  private static let pause: Int64 = 2

  func whenDrained(_ resume: @escaping @Sendable () -> Void) {
    guard !isCancelled, backlog > Self.smallBacklog else { return resume() }
    inbox.loop.scheduleTask(in: .milliseconds(Self.pause)) { self.whenDrained(resume) }
  }
}
