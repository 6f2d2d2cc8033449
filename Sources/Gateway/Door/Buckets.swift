internal import Kernel
internal import Synchronization

/// One caller's bucket, shared by all admissions of that caller.
final class Bucket: Sendable {
  private let bucket: Mutex<TokenBucket>

  init(_ rate: CallRate, now: Instant) {
    bucket = Mutex(TokenBucket(rate, now: now))
  }

  /// Takes one call.
  func take(now: Instant) throws(GatewayRefusal) {
    if let seconds = bucket.withLock({ $0.take(now: now) }) {
      throw .rateLimited(afterSeconds: seconds)
    }
  }

  /// Takes one call if there is one.
  func takes(now: Instant) -> Bool { bucket.withLock { $0.take(now: now) } == nil }

  func isFull(now: Instant) -> Bool { bucket.withLock { $0.isFull(now: now) } }
}

/// The buckets of all callers.
final class Buckets: Sendable {
  /// Whose bucket it is.
  enum Owner: Hashable {
    /// A source address without credentials.
    case source(String)
    /// A source address whose credentials have to be verified.
    case checks(String)
    /// The subject of a token.
    case subject(String)
    /// A portal, at the rate that it was registered with.
    case portal(String, CallRate)
    /// All for whom there is no room.
    case others
  }

  /// How many callers are told apart at most.
  private static let most = 20_000

  private let buckets = Mutex<[Owner: Bucket]>([:])

  /// The bucket of a caller, a full one at the first time.
  func bucket(of owner: Owner, _ rate: CallRate, now: Instant) -> Bucket {
    buckets.withLock { buckets in
      if let known = buckets[owner] { return known }
      if buckets.count >= Self.most { buckets = buckets.filter { !$0.value.isFull(now: now) } }
      // A flood of new names shares one bucket and leaves those alone who have theirs.
      let owner = buckets.count < Self.most ? owner : .others
      if let shared = buckets[owner] { return shared }
      let bucket = Bucket(rate, now: now)
      buckets[owner] = bucket
      return bucket
    }
  }
}
