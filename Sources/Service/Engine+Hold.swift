package import Kernel
internal import Synchronization

/// A hold of the followers: what others record takes no effect here while it lasts.
///
/// A backup of the house asks for it, so that no copy has seen more of a feed than that feed's own
/// copy holds. It is a lease: it ends by itself, so that whoever asked may vanish.
///
/// - Source: docs/adr/0025-a-backup-holds-the-followers.md
package struct Hold: Sendable, Hashable {
  /// Whoever asked, by a name of their own choice.
  package let id: String
  /// When it began, in real time, however often it was made longer.
  package fileprivate(set) var since: Instant
  /// When it ends by itself, in real time.
  package let until: Instant

  /// Whether it lasts at an instant.
  ///
  /// A clock that was set back ends it, or it would last for as long as that.
  func lasts(at now: Instant) -> Bool { since <= now && now < until }
}

extension Engine {
  /// How long the id of a hold is at most.
  ///
  /// - Unit: bytes.
  package static let holdIDLength = 64

  /// How many times the length of one hold the same id may hold without a break.
  package static let holdsInARow: Int64 = 6

  /// Lets followed entries and timers wait; calls go on, also those that write.
  ///
  /// Timers wait too, since what they are about may have happened already in an entry that waits.
  /// Whoever holds already gets the whole time anew, until all of it together would be longer than
  /// ``holdsInARow`` of them; then the hold ends when it would have, and what waited takes effect.
  ///
  /// - Parameters:
  ///   - id: Whoever asks, at most ``holdIDLength`` bytes.
  ///   - milliseconds: How long it lasts at most.
  ///   - whenHeld: Told once no step is under way that began before, and so no followed entry
  ///     will take effect.
  /// - Returns: The hold, or why there is none.
  package func hold(
    _ id: String,
    forMilliseconds milliseconds: Int64,
    whenHeld: @escaping @Sendable () -> Void
  ) -> Result<Hold, HoldRefusal> {
    let (result, wake) = waiting.withLock { waiting -> (Result<Hold, HoldRefusal>, () -> Void) in
      let now = surroundings.realNow()
      var hold = Hold(id: id, since: now, until: now.advanced(byMilliseconds: milliseconds))
      if let before = waiting.hold, before.lasts(at: now) {
        guard before.id == id else { return (.failure(.another(before)), {}) }
        hold.since = before.since
        let whole = hold.until.milliseconds(since: hold.since)
        guard whole <= milliseconds * Self.holdsInARow else {
          return (.failure(.tooLong(before)), {})
        }
      }
      waiting.hold = hold
      waiting.whenHeld.append(whenHeld)
      return (.success(hold), waiting.wakeWriter)
    }
    wake()
    return result
  }

  /// Why the followers are not held, or not for longer.
  package enum HoldRefusal: Error, Sendable, Hashable {
    /// Another backup is being made; its hold.
    case another(Hold)
    /// The same one has held for as long as it may; its hold, which lasts until its end.
    case tooLong(Hold)
  }

  /// Ends a hold before its time.
  ///
  /// - Returns: How long it lasted, in milliseconds; nil if it was over already, or was another's.
  package func release(_ id: String) -> Int64? {
    let (lasted, wake) = waiting.withLock { waiting -> (Int64?, () -> Void) in
      let now = surroundings.realNow()
      guard let hold = waiting.hold, hold.id == id else { return (nil, {}) }
      waiting.hold = nil
      return (hold.lasts(at: now) ? now.milliseconds(since: hold.since) : nil, waiting.wakeWriter)
    }
    wake()
    return lasted
  }

  /// Whether a hold lasts.
  package func isHeld(by id: String) -> Bool { lastingHold()?.id == id }

  /// Whether followers and timers wait for a backup.
  package var isHeld: Bool { lastingHold() != nil }

  /// The hold, unless its time is over.
  ///
  /// The clock is read under the lock, so that no hold seems to begin after the present.
  private func lastingHold() -> Hold? {
    waiting.withLock { waiting in
      guard let hold = waiting.hold else { return nil }
      if !hold.lasts(at: surroundings.realNow()) { waiting.hold = nil }
      return waiting.hold
    }
  }

  /// Whoever wants to hear that the step that begins now is held.
  func takeHeldListeners() -> [@Sendable () -> Void] {
    waiting.withLock { waiting in
      defer { waiting.whenHeld = [] }
      return waiting.whenHeld
    }
  }
}
