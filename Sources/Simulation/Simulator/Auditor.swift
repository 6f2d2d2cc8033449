internal import Kernel
internal import Messages
internal import Service

/// Predicts what each room does, with models that know only what was acknowledged and delivered.
struct Auditor {
  private(set) var intake = IntakeModel()
  private(set) var approval = ApprovalModel()
  private(set) var monitoring = MonitoringModel()

  /// What a room's timers do by an instant.
  mutating func timers(of room: String, _ now: Instant) -> [String] {
    switch room {
    case "intake": intake.timers(now)
    case "approval": approval.timers(now)
    default: monitoring.timers(now)
    }
  }

  /// What a call does; nil if it must be refused.
  mutating func call(_ act: Act, _ now: Instant) -> [String]? {
    act.room == "intake" ? intake.call(act, now) : approval.call(act, now)
  }

  /// What an entry that takes effect in a room does there.
  mutating func follow(_ entry: FeedV1.Entry, in room: String) throws -> [String] {
    switch room {
    case "intake":
      intake.follow(entry)
      return []
    case "approval": return try approval.follow(entry)
    default: return try monitoring.follow(entry)
    }
  }

  /// Learns the identifiers in an entry that a room has published.
  mutating func learn(_ entry: FeedV1.Entry) throws { try approval.learn(entry) }
}
