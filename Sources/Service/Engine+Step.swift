internal import Kernel
internal import Storage
internal import Synchronization

extension Engine {
  /// Does what waits to be written, as one transaction: due timers, calls, followed entries.
  ///
  /// Each part is bounded by ``Settings``, so a step ends soon.
  ///
  /// - Returns: How many units came to something; 0 if there was nothing to do but to wait.
  @discardableResult
  package func step() -> Int {
    let realNow = surroundings.realNow()
    let hallNow = surroundings.hallNow()
    var batch = Batch(engine: self, realNow: realNow, hallNow: hallNow)
    // Before the question whether followers are held: who is told must find them so in this step.
    let held = takeHeldListeners()
    let isHeld = isHeld
    if !isCatchingUp(realNow, isHeld: isHeld) { batch.addTimers() }
    batch.addCalls()
    batch.addInternalWrites()
    if !isHeld {
      let gathering = gathering(realNow)
      for follower in followers { batch.add(follower, gathering) }
    }
    batch.addRefusals()
    batch.addHousekeeping()
    let before = followers.map(\.applied)
    let count = batch.run()
    // An effect may have come before its cause: it is tried again now, and not when somebody wakes.
    let moved = zip(followers, before).filter { $0.applied > $1 }.map(\.0)
    for follower in followers where moved.contains(where: { $0 !== follower }) { follower.retry() }
    for tell in held { tell() }
    resumeWaiting()
    return count
  }

  /// How long the writer may sleep if nobody wakes it, so that the next timer is not kept waiting.
  ///
  /// - Parameter limit: How long at most; the hall's clock may be stepped meanwhile.
  /// - Returns: Milliseconds, at least 1.
  package func pause(atMost limit: Int) -> Int {
    let isHeld = isHeld
    let gathering = gathering(surroundings.realNow())
    let rests = isHeld ? [] : followers.compactMap { $0.rest(gathering) }
    let limit = min(limit, rests.min() ?? limit)
    // Timers that wait for a follower do so for seconds; once it has caught up they wait no longer.
    let isWaiting = lags && waiting.withLock { $0.laggingSince != nil }
    let isResting = timersRest(surroundings.realNow())
    guard !isWaiting, !isHeld, !isResting, let next = nextTimerInstant() else { return limit }
    let left = next.milliseconds(since: surroundings.hallNow())
    return max(1, min(limit, Int(clamping: left)))
  }

  /// How long the timer that is due longest has waited, by the hall's clock.
  ///
  /// A timer that failed counts from its next try on, see ``Counts/Values/failedTimers``.
  ///
  /// - Returns: Milliseconds; 0 if none is due.
  package var timerDelay: Int64 {
    guard let next = nextTimerInstant() else { return 0 }
    return max(0, surroundings.hallNow().milliseconds(since: next))
  }

  /// When the next timer fires; nil if there is none, or the store cannot be read.
  ///
  /// The store is asked only if something was committed since it was asked last.
  private func nextTimerInstant() -> Instant? {
    let batches = store.changes.batches
    if let known = nextTimer.withLock({ $0.batches == batches ? $0 : nil }) { return known.instant }
    guard let instant = try? store.read({ try $0.nextTimer() }) else { return nil }
    nextTimer.withLock { $0 = NextTimer(batches: batches, instant: instant) }
    return instant
  }

  /// Whether a timer is due, and timers do not rest.
  func hasDueTimers(_ now: Instant, realNow: Instant) -> Bool {
    !timersRest(realNow) && nextTimerInstant().map { $0 <= now } ?? false
  }

  /// Whether timers rest because none could be found or fired.
  private func timersRest(_ realNow: Instant) -> Bool {
    timersRestFrom.withLock { from in
      // A clock that was set back ends it.
      let passed = from.map { realNow.milliseconds(since: $0) } ?? -1
      if !(0..<ServiceLimits.timersRest).contains(passed) { from = nil }
      return from != nil
    }
  }

  /// Whether there are answers to be forgotten although there is nothing else to do.
  ///
  /// The store is asked once a minute, so that an idle service neither reads nor writes for it.
  func hasAnswersToForget(_ realNow: Instant) -> Bool {
    let isTime = lookedForAnswers.withLock { last in
      // A clock that was set back ends the wait.
      let passed = last.map { realNow.milliseconds(since: $0) } ?? -1
      guard !(0..<ServiceLimits.forgetting).contains(passed) else { return false }
      last = realNow
      return true
    }
    guard isTime else { return false }
    return (try? store.read { try $0.hasExpiredIdempotent(now: realNow) }) ?? false
  }

  /// Whether a follower lies behind its upstream, and goes on.
  private var lags: Bool { followers.contains { $0.isBehind && !$0.isStopped } }

  /// Whether timers wait because a follower has not yet applied what its upstream has, or may have.
  ///
  /// A case that was decided while this service was down must not be warned of first. The wait is
  /// bounded, so that an upstream that stands still does not silence this service; while followers
  /// are held it does not count.
  private func isCatchingUp(_ now: Instant, isHeld: Bool) -> Bool {
    let lags = lags
    return waiting.withLock { waiting in
      if isHeld {
        waiting.laggingSince = nil
        return true
      }
      guard lags else {
        waiting.laggingSince = nil
        return false
      }
      // A clock that was set back begins it anew, or it would last for as long as that.
      let since = min(waiting.laggingSince ?? now, now)
      waiting.laggingSince = since
      return now.milliseconds(since: since) < ServiceLimits.catchUp
    }
  }

  /// Whether a follower has entries that are not to be gathered any longer.
  var hasReadyFollower: Bool {
    let gathering = gathering(surroundings.realNow())
    return followers.contains { $0.isReady(gathering) }
  }

  /// Whether a call waits for an entry that is here.
  ///
  /// For one that is not it would not help to hurry.
  private var isAwaited: Bool {
    waiting.withLock { waiting in
      waiting.positions.contains { waiter in
        followers.contains { follower in
          guard let wanted = waiter.positions[follower.upstream] else { return false }
          return wanted > follower.applied && wanted <= follower.wanted
        }
      }
    }
  }

  /// How followed entries are gathered now: not while a timer or a call waits for them.
  private func gathering(_ now: Instant) -> Follower.Gathering {
    var gathering = Follower.Gathering(now: now, milliseconds: 0, most: settings.entries)
    guard settings.gather > 0, !isAwaited else { return gathering }
    if let next = nextTimerInstant(), next <= surroundings.hallNow() { return gathering }
    gathering.milliseconds = settings.gather
    return gathering
  }

  /// Takes calls from the queue, those first that came first.
  func takeWrites() -> [WriteJob] {
    waiting.withLock { waiting in
      if waiting.writes.count <= settings.batch {
        defer { waiting.writes = [] }
        return waiting.writes
      }
      let taken = Array(waiting.writes.prefix(settings.batch))
      waiting.writes.removeFirst(taken.count)
      return taken
    }
  }

  /// Takes what the service writes beside its calls.
  func takeInternalWrites() -> [InternalWrite] {
    waiting.withLock { waiting in
      defer { waiting.internalWrites = [] }
      return waiting.internalWrites
    }
  }
}
