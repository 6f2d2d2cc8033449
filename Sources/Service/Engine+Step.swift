internal import Connect
internal import Kernel
internal import Messages
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
    guard !isWaiting, !isHeld, let next = nextTimerInstant() else { return limit }
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

  /// The timers that are due, at most so many.
  fileprivate func dueTimers(_ now: Instant) -> [TimerRow] {
    if let next = nextTimerInstant(), next > now { return [] }
    return (try? store.read { try $0.dueTimers(now: now, limit: settings.timers) }) ?? []
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
      let since = waiting.laggingSince ?? now
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
}

extension Engine {
  /// Takes what the service writes beside its calls.
  fileprivate func takeInternalWrites() -> [InternalWrite] {
    waiting.withLock { waiting in
      defer { waiting.internalWrites = [] }
      return waiting.internalWrites
    }
  }
}

/// One transaction in the making: units and what to do with their outcomes.
private struct Batch {
  let engine: Engine
  let realNow: Instant
  let hallNow: Instant
  private var units: [BatchUnit] = []
  /// What is done with each outcome; they answer whether the unit came to something.
  private var endings: [(BatchOutcome) -> Bool] = []

  init(engine: Engine, realNow: Instant, hallNow: Instant) {
    self.engine = engine
    self.realNow = realNow
    self.hallNow = hallNow
  }

  /// What a unit that succeeded left for its ending.
  private final class Box<Value> {
    var value: Value?
  }

  /// Static: a unit that captured the batch would hold its arrays, and each `append` copy them.
  private static func writing(_ engine: Engine, _ call: Call, _ transaction: Transaction) -> Writing
  {
    Writing(call: call, transaction: transaction, seal: engine.seal, keyring: engine.keyring)
  }

  private mutating func add(
    _ unit: @escaping BatchUnit,
    ending: @escaping (BatchOutcome) -> Bool
  ) {
    units.append(unit)
    endings.append(ending)
  }

  /// Runs the units and their endings.
  func run() -> Int {
    guard !units.isEmpty else { return 0 }
    let keyring = engine.keyring
    let outcomes = engine.store.batch(units) { try UnsignedAdmission.sign($0, with: keyring) }
    engine.counts.batch(of: units.count)
    if outcomes.contains(where: \.isUnknown) { engine.counts.doubt() }
    return zip(outcomes, endings).count { outcome, ending in ending(outcome) }
  }

  // MARK: - Timers

  /// The timers that are due at the batch's instant fire before its calls.
  mutating func addTimers() {
    for timer in engine.dueTimers(hallNow) { add(timer) }
  }

  private mutating func add(_ timer: TimerRow) {
    let call = Call.ofTheSystem(
      timer.kind,
      service: engine.definition.name,
      hall: timer.hall,
      now: hallNow,
      trace: timer.trace,
      surroundings: engine.surroundings
    )
    let effect = engine.definition.timers[timer.kind]
    let engine = engine
    add { transaction in
      // Two steps may have read the same timer; only one finds it.
      guard try transaction.removeTimer(timer.id) else { return }
      try effect?(timer, Self.writing(engine, call, transaction))
    } ending: { outcome in
      engine.counts.timer(timer.kind)
      guard let failure = outcome.failure else { return true }
      engine.counts.timerFailed(timer.kind)
      engine.report(
        .timerFailed(
          kind: timer.kind,
          subject: timer.subject,
          detail: Refusal.of(failure).detail ?? String(describing: failure),
          trace: timer.trace
        )
      )
      engine.postpone(timer)
      return true
    }
  }

  // MARK: - Calls

  mutating func addCalls() {
    for job in engine.takeWrites() {
      if job.reply.isCancelled { continue }
      if let deadline = job.admitted.deadline, realNow >= deadline {
        job.reply.send(engine.failure(Refusal.deadlineExceeded, job.admitted))
        continue
      }
      add(job)
    }
  }

  private mutating func add(_ job: WriteJob) {
    var call = job.admitted.call
    call.now = hallNow
    let box = Box<WrittenAnswer>()
    let engine = engine
    let realNow = realNow
    add { [call] transaction in
      box.value = try engine.answerOnce(
        job,
        Self.writing(engine, call, transaction),
        realNow: realNow
      )
    } ending: { outcome in
      switch outcome {
      case .committed(let position):
        guard let written = box.value else {
          preconditionFailure("A committed call has answered.")
        }
        engine.counts.answered(call.method)
        job.reply.send(engine.success(written, job.admitted.codec, position: position))
      case .failed(let error):
        job.reply.send(engine.failure(error, job.admitted))
      case .unknown(let error):
        engine.report(.commitInDoubt(detail: error.detail, trace: call.trace))
        job.reply.send(engine.failure(Refusal.outcomeUnknown, job.admitted))
      }
      return true
    }
  }

  // MARK: - Internal writes

  mutating func addInternalWrites() {
    for job in engine.takeInternalWrites() {
      var call = job.call
      call.now = hallNow
      add { [call, engine] transaction in
        try job.body(Self.writing(engine, call, transaction))
      } ending: { outcome in
        switch outcome {
        case .committed: job.completion(.success(()))
        case .failed(let error): job.completion(.failure(error))
        case .unknown: job.completion(.failure(Refusal.outcomeUnknown))
        }
        return true
      }
    }
  }

  // MARK: - Followed entries

  mutating func add(_ follower: Follower, _ gathering: Follower.Gathering) {
    let engine = engine
    for waiting in follower.take(gathering) {
      let call = engine.call(following: waiting.entry, upstream: follower.upstream)
      add { transaction in
        try follower.apply(waiting.entry, Self.writing(engine, call, transaction))
      } ending: { outcome in
        engine.settle(waiting.entry, of: follower, outcome)
      }
    }
  }

  // MARK: - Refusals and housekeeping

  /// Calls that were refused for want of a pass, counted by source and window.
  mutating func addRefusals() {
    let isStopping = engine.isStopping
    for counted in engine.refused.take(now: realNow, stamp: hallNow, all: isStopping) {
      let call = Call.ofTheSystem(
        "CallsRefused",
        service: engine.definition.name,
        hall: engine.defaultHall,
        now: hallNow,
        surroundings: engine.surroundings
      )
      let engine = engine
      add { transaction in
        let entry = counted.entry
        try Self.writing(engine, call, transaction)
          .publish(entry, subject: entry.source, basis: "D1")
      } ending: { outcome in
        // A commit in doubt may have been kept: better told once too little than twice.
        if outcome.failure != nil { engine.refused.putBack(counted) }
        return outcome.position != nil
      }
    }
  }

  /// Forgets answers whose time is over, a few at a time and only beside other work.
  mutating func addHousekeeping() {
    guard !units.isEmpty else { return }
    let realNow = realNow
    add { transaction in
      try transaction.forgetIdempotent(now: realNow, limit: 20)
    } ending: { _ in
      false
    }
  }
}

extension Engine {
  /// Answers a write, or repeats the answer that the same call got before.
  fileprivate func answerOnce(
    _ job: WriteJob,
    _ writing: Writing,
    realNow: Instant
  ) throws -> WrittenAnswer {
    let admitted = job.admitted
    let key = IdempotencyKey(
      hall: admitted.call.hall,
      subject: admitted.call.pass.owner,
      method: job.entry.method.path,
      key: admitted.call.idempotencyKey
    )
    if let kept = try writing.transaction.idempotent(key, now: realNow) {
      guard kept.bodyHash == admitted.bodyHash else { throw Refusal.idempotencyMismatch }
      let bytes = try seal.open(kept.response)
      return WrittenAnswer(response: try job.entry.method.response.decode(bytes), bytes: bytes)
    }
    let response = try job.handler.run(admitted.request, writing)
    let written = WrittenAnswer(response: response, bytes: response.encode())
    try writing.transaction.saveIdempotent(
      key,
      IdempotentAnswer(
        bodyHash: admitted.bodyHash,
        response: try seal.seal(written.bytes, nonce: surroundings.randomBytes(12)),
        expires: realNow.advanced(byMilliseconds: settings.idempotency)
      )
    )
    return written
  }

  /// The answer to a write that was committed.
  ///
  /// Each write moves the position, while reads between two writes say the same again and again.
  fileprivate func success(_ written: WrittenAnswer, _ codec: Codec, position: Int64) -> Answer {
    let body = codec == .json ? written.response.encodeJSON() : written.bytes
    return success(body, codec, position: position, isPassing: true)
  }

  /// Lets a timer whose effect failed fire again later: after 1 s, 2 s, 4 s up to 5 minutes.
  fileprivate func postpone(_ timer: TimerRow) {
    let delay = min(Int64(1_000) << Int64(min(timer.attempts, 10)), 300_000)
    let later = surroundings.hallNow().advanced(byMilliseconds: delay)
    let outcome = store.batch([{ try $0.postponeTimer(timer.id, until: later) }])
    if let failure = outcome.first?.failure {
      report(
        .fault(method: timer.kind, detail: String(describing: failure), trace: timer.trace)
      )
    }
  }

  /// The call in whose name an entry takes effect: at the entry's instant, not the follower's.
  fileprivate func call(following entry: FeedV1.Entry, upstream: String) -> Call {
    Call.ofTheSystem(
      entry.type,
      service: definition.name,
      hall: entry.hall,
      now: entry.recordedAt?.instant ?? surroundings.hallNow(),
      trace: entry.trace,
      surroundings: surroundings
    )
  }

  /// Tells a follower what became of an entry, and answers whether that was anything.
  fileprivate func settle(
    _ entry: FeedV1.Entry,
    of follower: Follower,
    _ outcome: BatchOutcome
  ) -> Bool {
    switch outcome {
    case .committed:
      follower.committed(entry)
      counts.applied(follower.upstream)
    case .failed(let error) where error is Follower.NotYet:
      follower.held()
      return false
    case .failed(let error):
      let detail = Refusal.of(error).detail ?? String(describing: error)
      follower.failed(at: entry.position, because: detail, now: surroundings.realNow())
      report(
        .followerStopped(
          upstream: follower.upstream,
          position: entry.position,
          detail: detail,
          trace: entry.trace
        )
      )
    case .unknown(let error):
      follower.failed(
        at: entry.position,
        because: "commit in doubt: \(error.detail)",
        now: surroundings.realNow()
      )
      report(.commitInDoubt(detail: error.detail, trace: entry.trace))
    }
    return true
  }
}

/// What a write answers, and its binary form, under which it is kept.
private struct WrittenAnswer {
  var response: any Message
  var bytes: [UInt8]
}
