/// One thing that was looked at: what it is, how bad, and what to do about it.
package struct Finding: Sendable, Hashable, Codable {
  /// How bad it is.
  package enum Level: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// As it should be.
    case ok
    /// It could not be looked at from here.
    case skipped
    /// It will do harm if nobody acts.
    case warning
    /// It does harm.
    case fault

    package static func < (milder: Self, worse: Self) -> Bool {
      let all = Self.allCases
      return all.firstIndex(of: milder) ?? 0 < all.firstIndex(of: worse) ?? 0
    }
  }

  /// What was looked at, one of a closed list.
  package enum Check: String, Sendable, Hashable, Codable, CaseIterable {
    case configuration
    case reach
    case versions
    case plaintext
    case permissions
    case clocks
    case certificates
    case calendar
    case feeds
    case disk
    case log
    case sqlite
    case durability
    case integrity
    case health
    case files
    case tokens
  }

  /// What was looked at.
  package var check: Check
  /// Whose it is: a service, a file, or `house` for all.
  package var subject: String
  /// How bad it is.
  package var level: Level
  /// What was found.
  package var text: String
  /// What to do, in one sentence; empty if nothing is to be done.
  package var advice: String

  package init(
    _ check: Check,
    _ subject: String,
    _ level: Level,
    _ text: String,
    do advice: String = ""
  ) {
    self.check = check
    self.subject = subject
    self.level = level
    self.text = text
    self.advice = advice
  }
}

/// From where on `doctor` says something.
package enum DoctorLimits {
  /// How far the clocks of two machines may lie apart.
  ///
  /// - Unit: milliseconds.
  package static let clockWarning: Int64 = 1_000
  /// From where on passes and limits suffer.
  ///
  /// - Unit: milliseconds.
  package static let clockFault: Int64 = 5_000

  /// How long before its end a certificate is warned of.
  ///
  /// - Unit: days.
  package static let certificateWarning: Int64 = 30
  /// How long before its end it cannot wait any more.
  ///
  /// - Unit: days.
  package static let certificateFault: Int64 = 7

  /// From which month on the next year's calendar is expected: the State Council's notice usually
  /// comes in autumn.
  package static let calendarMonth = 11

  /// How many entries a follower may lie behind.
  package static let lag: Int64 = 10_000
  /// How long a follower that lies behind is watched.
  ///
  /// - Unit: milliseconds.
  package static let lagWatch = 3_000

  /// Below how many files and sockets a process runs out of them under load.
  package static let filesWarning: Int64 = 4_096
  /// Below how many it cannot even hold its own connections.
  package static let filesFault: Int64 = 1_024
}

/// Turns what is known of a house into findings; values in, values out.
package enum Doctor {}
