/// What a running service says of itself when an operator asks.
package struct ServiceFacts: Sendable, Hashable, Codable {
  /// How it follows another service.
  package struct Follower: Sendable, Hashable, Codable {
    package var upstream: String
    /// The last entry that took effect.
    package var position: Int64
    /// How many have not, of those that are known.
    package var lag: Int64
    /// Whether the upstream is not heard, so that nobody knows how many there are; nil from a
    /// service of an older program, which does not say.
    package var isOutOfSight: Bool?
    /// The entry that cannot take effect, where it stands still; nil if it does not.
    package var stoppedAt: Int64?
    /// Why it stands still.
    package var reason: String

    package init(
      upstream: String,
      position: Int64,
      lag: Int64,
      isOutOfSight: Bool? = false,
      stoppedAt: Int64? = nil,
      reason: String = ""
    ) {
      self.upstream = upstream
      self.position = position
      self.lag = lag
      self.isOutOfSight = isOutOfSight
      self.stoppedAt = stoppedAt
      self.reason = reason
    }
  }

  /// What it says of its store.
  package struct Store: Sendable, Hashable, Codable {
    package var sqliteVersion: String
    /// Whether that version can damage a log when two connections write at once.
    package var hasLogResetFault: Bool
    /// 2 is FULL.
    package var synchronous: Int
    /// - Unit: bytes.
    package var bytes: Int64
    /// - Unit: bytes.
    package var logBytes: Int64
    /// - Unit: bytes.
    package var diskBytes: Int64
    /// - Unit: bytes.
    package var freeBytes: Int64
    /// What SQLite finds wrong at a quick look; nil if the store is too large for one.
    package var faults: [String]?

    package init(
      sqliteVersion: String,
      hasLogResetFault: Bool,
      synchronous: Int,
      bytes: Int64,
      logBytes: Int64,
      diskBytes: Int64,
      freeBytes: Int64,
      faults: [String]?
    ) {
      self.sqliteVersion = sqliteVersion
      self.hasLogResetFault = hasLogResetFault
      self.synchronous = synchronous
      self.bytes = bytes
      self.logBytes = logBytes
      self.diskBytes = diskBytes
      self.freeBytes = freeBytes
      self.faults = faults
    }
  }

  /// What the calendar that it keeps says of two years.
  package struct Years: Sendable, Hashable, Codable {
    /// The hall's present day, `YYYY-MM-DD`.
    package var today: String
    /// Whether a decree covers this year.
    package var thisIsDecreed: Bool
    /// Whether a decree covers the next year.
    package var nextIsDecreed: Bool

    package init(today: String, thisIsDecreed: Bool, nextIsDecreed: Bool) {
      self.today = today
      self.thisIsDecreed = thisIsDecreed
      self.nextIsDecreed = nextIsDecreed
    }
  }

  package var service: String
  package var version: String
  /// - Unit: milliseconds since 1970.
  package var realNow: Int64
  /// - Unit: milliseconds since 1970.
  package var hallNow: Int64
  /// Whether answers say that this is a demonstration.
  package var isDemo: Bool
  /// Whether the hall goes by a demo clock.
  package var hasDemoClock: Bool
  /// The checks of its health that fail, with the reason.
  package var failing: [String: String]
  package var followers: [Follower]
  /// Nil if the store could not be asked.
  package var store: Store?
  /// When its certificates end, in seconds since 1970, by what they are for.
  package var certificates: [String: Int64]
  /// Whether it keeps the hall's calendar by following the catalogue.
  package var followsCalendar: Bool
  /// Nil if it keeps no calendar.
  package var years: Years?
  /// The number of the user who runs it.
  package var user: UInt32
  /// Its files and folders.
  package var paths: [PathFacts]
  /// How many files and sockets it may have open.
  package var maximumFiles: Int64

  package init(
    service: String,
    version: String,
    realNow: Int64,
    hallNow: Int64,
    isDemo: Bool = false,
    hasDemoClock: Bool = false,
    failing: [String: String] = [:],
    followers: [Follower] = [],
    store: Store? = nil,
    certificates: [String: Int64] = [:],
    followsCalendar: Bool = false,
    years: Years? = nil,
    user: UInt32 = 0,
    paths: [PathFacts] = [],
    maximumFiles: Int64 = 1 << 20
  ) {
    self.service = service
    self.version = version
    self.realNow = realNow
    self.hallNow = hallNow
    self.isDemo = isDemo
    self.hasDemoClock = hasDemoClock
    self.failing = failing
    self.followers = followers
    self.store = store
    self.certificates = certificates
    self.followsCalendar = followsCalendar
    self.years = years
    self.user = user
    self.paths = paths
    self.maximumFiles = maximumFiles
  }
}
