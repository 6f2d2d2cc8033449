internal import CLinux

/// How long the calling thread may use a processor at a time while others want it.
///
/// The scheduler gives a processor to whoever is due first, and who asks for short slices is due
/// earlier. A loop works for microseconds at a time and others wait for it; what works for
/// milliseconds at a time goes on a little later.
enum Slice {
  /// What a loop asks for, less than what it gets unasked (0.7 ms, and more on many processors).
  ///
  /// Unit: nanoseconds; 100,000 is the least that the system gives.
  private static let loop: UInt64 = 200_000

  /// Asks for short slices for the calling thread.
  ///
  /// Linux before 6.12 does not heed it, and where it is forbidden all stays as it was.
  static func shorten() {
    var scheduling = onedoor_scheduling()
    // The rest has to be said again, or the thread would lose its priority.
    guard onedoor_get_scheduling(&scheduling) == 0 else { return }
    scheduling.slice = loop
    // Threads that a loop starts work for long.
    scheduling.flags |= UInt64(onedoor_reset_on_fork)
    _ = onedoor_set_scheduling(&scheduling)
  }
}
