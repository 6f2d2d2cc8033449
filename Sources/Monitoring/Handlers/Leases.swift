internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// Keeps two readers of one consumer's name apart.
///
/// Leases live in the process alone: a stream that they guard does not outlive it. A reader renews
/// its lease with each page, also a quiet one with each heartbeat.
final class Leases: Sendable {
  /// How long a lease holds after the last page, in milliseconds of real time.
  static let duration: Int64 = 15_000

  private struct Name: Hashable {
    var hall: String
    var consumer: String
  }

  private struct Lease {
    var number: Int64
    var until: Instant
    /// What the consumer registered to see.
    var filter: MonitoringV1.AlertFilter
  }

  private struct State {
    var last: Int64 = 0
    var leases: [Name: Lease] = [:]
  }

  private let state = Mutex(State())

  /// Begins to read in a name.
  ///
  /// - Returns: The number of the lease, 1 to 2^23 - 1.
  /// - Throws: ``MonitoringRefusal`` `CONSUMER_BUSY`.
  func acquire(
    _ consumer: String,
    _ filter: MonitoringV1.AlertFilter,
    hall: String,
    now: Instant
  ) throws -> Int64 {
    let name = Name(hall: hall, consumer: consumer)
    let taken = state.withLock { state -> Result<Int64, MonitoringRefusal> in
      if let lease = state.leases[name], lease.until > now {
        let seconds = Int((lease.until.milliseconds(since: now) + 999) / 1_000)
        return .failure(.consumerBusy(consumer, retryAfterSeconds: seconds))
      }
      state.last = state.last % ((1 << 23) - 1) + 1
      state.leases[name] = Lease(number: state.last, until: until(now), filter: filter)
      return .success(state.last)
    }
    return try taken.get()
  }

  /// Goes on to read in a name.
  ///
  /// - Returns: What the consumer registered to see.
  /// - Throws: ``MonitoringRefusal`` `CONSUMER_BUSY` if another reader took over meanwhile.
  func renew(
    _ number: Int64,
    _ consumer: String,
    hall: String,
    now: Instant
  ) throws -> MonitoringV1.AlertFilter {
    let name = Name(hall: hall, consumer: consumer)
    let filter = state.withLock { state -> MonitoringV1.AlertFilter? in
      guard var lease = state.leases[name], lease.number == number else { return nil }
      lease.until = until(now)
      state.leases[name] = lease
      return lease.filter
    }
    guard let filter else {
      let seconds = Int(Self.duration / 1_000)
      throw MonitoringRefusal.consumerBusy(consumer, retryAfterSeconds: seconds)
    }
    return filter
  }

  /// Ends a lease, so that the next reader of the name need not wait.
  func release(_ number: Int64) {
    state.withLock { state in
      state.leases = state.leases.filter { $0.value.number != number }
    }
  }

  private func until(_ now: Instant) -> Instant { now.advanced(byMilliseconds: Self.duration) }
}
