internal import Connect
internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

/// One transaction in the making: units and what to do with their outcomes.
struct Batch {
  let engine: Engine
  let realNow: Instant
  let hallNow: Instant
  private var units: [BatchUnit] = []
  /// What is done with each outcome; they answer whether the unit came to something.
  private var endings: [(BatchOutcome) -> Bool] = []
  /// How many of the units are calls.
  private var calls = 0

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
  private static func writing(
    _ engine: Engine,
    _ call: Call,
    _ transaction: Transaction,
    _ memory: CallMemory? = nil
  ) -> Writing {
    Writing(
      call: call,
      transaction: transaction,
      seal: engine.seal,
      keyring: engine.keyring,
      memory: memory
    )
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
    engine.counts.batch(of: units.count - (firing?.idle ?? 0))
    if outcomes.contains(where: \.isUnknown) { engine.counts.doubt() }
    return zip(outcomes, endings).count { outcome, ending in ending(outcome) }
  }

  // MARK: - Timers

  /// What the timers of this batch have come to.
  private final class Firing {
    /// Those that failed and are still there.
    private var failed: [Int64] = []
    /// The one that was taken last.
    private var last: TimerRow?
    /// Whether none is to fire any more.
    var isOver = false
    /// How many units found none to fire.
    var idle = 0

    /// Forgets all, since the units are run again from the first on.
    func begin() {
      (failed, last, isOver, idle) = ([], nil, false, 0)
    }

    /// The one that is due longest and has not failed; nil if there is none.
    ///
    /// Who finds the last one as it was knows that it failed, whether its effect or its commit did.
    func next(_ now: Instant, _ transaction: Transaction) throws -> TimerRow? {
      for timer in try transaction.dueTimers(now: now, limit: failed.count + 2)
      where !failed.contains(timer.id) {
        guard timer == last else {
          last = timer
          return timer
        }
        failed.append(timer.id)
      }
      return nil
    }
  }

  private var firing: Firing?

  /// The timers that are due at the batch's instant fire before its calls, in the order of time.
  ///
  /// Each unit takes the one that is due longest when its turn comes, so that one which another has
  /// set, for an instant that is over too, fires neither too early nor too late.
  mutating func addTimers() {
    guard engine.hasDueTimers(hallNow, realNow: realNow) else { return }
    let firing = Firing()
    self.firing = firing
    for number in 0..<engine.settings.timers { addTimer(firing, isFirst: number == 0) }
  }

  private mutating func addTimer(_ firing: Firing, isFirst: Bool) {
    let engine = engine
    let (hallNow, realNow) = (hallNow, realNow)
    let taken = Box<TimerRow>()
    add { transaction in
      taken.value = nil
      if isFirst { firing.begin() }
      if !firing.isOver { taken.value = try firing.next(hallNow, transaction) }
      guard let timer = taken.value else {
        firing.isOver = true
        firing.idle += 1
        return
      }
      try Self.fire(timer, engine, hallNow, transaction)
      firing.isOver = transaction.isContinued
    } ending: { outcome in
      guard let timer = taken.value else {
        // Neither the store's timers can be read nor anything be written: later perhaps.
        if isFirst, let failure = outcome.failure { engine.restTimers(realNow, because: failure) }
        return false
      }
      engine.counts.timer(timer.kind)
      if let failure = outcome.failure { engine.failed(timer, failure) }
      return true
    }
  }

  /// Lets a timer take effect.
  ///
  /// Static for the same reason as ``writing(_:_:_:_:)``.
  private static func fire(
    _ timer: TimerRow,
    _ engine: Engine,
    _ hallNow: Instant,
    _ transaction: Transaction
  ) throws {
    try transaction.removeTimer(timer.id)
    let call = Call.ofTheSystem(
      timer.kind,
      service: engine.definition.name,
      hall: timer.hall,
      now: hallNow,
      trace: timer.trace,
      surroundings: engine.surroundings
    )
    try engine.definition.timers[timer.kind]?(timer, writing(engine, call, transaction))
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
    calls += 1
    var call = job.admitted.call
    call.now = hallNow
    let box = Box<WrittenAnswer>()
    let engine = engine
    let realNow = realNow
    add { [call] transaction in
      box.value = try engine.answerOnce(
        job,
        Self.writing(engine, call, transaction, job.memory),
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
    let failed = Box<Int64>()
    for waiting in follower.take(gathering) {
      let call = engine.call(following: waiting.entry, upstream: follower.upstream)
      add { transaction in
        try follower.apply(waiting.entry, Self.writing(engine, call, transaction))
      } ending: { outcome in
        if outcome.isFault {
          // Behind an entry that failed none fails for a reason of its own: they share its
          // transaction, which is one failure and one line in the log.
          guard failed.value == nil else { return true }
          failed.value = waiting.entry.position
        }
        return engine.settle(waiting.entry, of: follower, outcome)
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

  /// Forgets answers whose time is over: beside other work twice as many as calls are answered, so
  /// that they never become more and more, and now and then when there is nothing else to do.
  mutating func addHousekeeping() {
    let isIdle = units.isEmpty
    guard !isIdle || engine.hasAnswersToForget(realNow) else { return }
    let limit = isIdle ? ServiceLimits.forgottenIdly : max(ServiceLimits.forgotten, 2 * calls)
    let realNow = realNow
    add { transaction in
      try transaction.forgetIdempotent(now: realNow, limit: limit)
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
      guard
        kept.bodyHash == admitted.bodyHash
          // As programs before kept it.
          || kept.bodyHash == Digest.sha256(admitted.request.encode())
      else { throw Refusal.idempotencyMismatch }
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

  /// Reports that no timer can be found or fired now, and lets them rest a while.
  fileprivate func restTimers(_ realNow: Instant, because failure: any Error) {
    timersRestFrom.withLock { $0 = realNow }
    report(.fault(method: "timers", detail: String(describing: failure), trace: nil))
  }

  /// Reports a timer whose effect failed, and lets it fire again later.
  fileprivate func failed(_ timer: TimerRow, _ failure: any Error) {
    counts.timerFailed(timer.kind)
    report(
      .timerFailed(
        kind: timer.kind,
        subject: timer.subject,
        detail: Refusal.of(failure).detail ?? String(describing: failure),
        trace: timer.trace
      )
    )
    postpone(timer)
  }

  /// Lets a timer whose effect failed fire again later: after 1 s, 2 s, 4 s up to 5 minutes.
  private func postpone(_ timer: TimerRow) {
    let delay = min(Int64(1_000) << Int64(min(timer.attempts, 10)), 300_000)
    let later = surroundings.hallNow().advanced(byMilliseconds: delay)
    let outcome = store.batch([{ try $0.postpone(timer, until: later) }])
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

extension BatchOutcome {
  /// Whether an entry was not kept, or perhaps not, for another reason than to wait for its causes.
  fileprivate var isFault: Bool { isUnknown || failure.map { !($0 is Follower.NotYet) } ?? false }
}

/// What a write answers, and its binary form, under which it is kept.
private struct WrittenAnswer {
  var response: any Message
  var bytes: [UInt8]
}
