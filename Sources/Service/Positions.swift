internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

/// What a caller wants to have seen: `intake=123`, several separated by commas.
package enum Positions {
  /// Reads the header `Onedoor-At-Least`.
  ///
  /// - Returns: Service to position; empty without a header.
  /// - Throws: ``Refusal`` `INVALID_FIELDS` for any other form.
  package static func parse(_ header: String?) throws(Refusal) -> [String: Int64] {
    guard let header, !header.isEmpty else { return [:] }
    var positions: [String: Int64] = [:]
    for part in header.split(separator: ",") {
      let halves = part.split(separator: "=", omittingEmptySubsequences: false)
      let name = halves[0].drop { $0 == " " }
      guard halves.count == 2, !name.isEmpty, let position = Int64(halves[1]), position >= 0 else {
        throw .invalid(
          field: "onedoor-at-least",
          reason: "FORMAT",
          zh: "格式应为“服务=位置”，如 intake=123",
          en: "The form is service=position, for example intake=123"
        )
      }
      positions[String(name)] = position
    }
    return positions
  }
}

extension Engine {
  /// Whether the service has seen these positions.
  ///
  /// What it does not follow is not waited for.
  func hasReached(_ positions: [String: Int64]) -> Bool {
    positions.allSatisfy { service, position in
      if service == definition.name { return store.changes.feedHead >= position }
      guard let follower = followers.first(where: { $0.upstream == service }) else { return true }
      return follower.applied >= position
    }
  }

  /// Goes on with calls whose positions were reached, and refuses those whose time is over.
  package func resumeWaiting() {
    let resumed = waiting.withLock { waiting in
      let now = surroundings.realNow()
      var resumed: [(PositionWaiter, Bool)] = []
      // A clock that was set back begins it anew, or a call would wait for as long as that.
      let latest = now.advanced(byMilliseconds: ServiceLimits.positionWait)
      for index in waiting.positions.indices where waiting.positions[index].until > latest {
        waiting.positions[index].until = latest
      }
      waiting.positions.removeAll { waiter in
        let reached = hasReached(waiter.positions)
        guard reached || now >= waiter.until else { return false }
        resumed.append((waiter, reached))
        return true
      }
      return resumed
    }
    for (waiter, reached) in resumed { waiter.resume(reached) }
  }
}
