internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// What intake's entries do here.
enum FollowingIntake {
  static let effects: Effects = {
    var effects = Effects(of: "intake")
    effects.on(IntakeV1.ApplicationSubmitted.self) { event, _, writing in
      let matter = WatchedCase(
        number: event.number,
        itemCode: event.itemCode,
        itemVersion: event.itemVersion,
        departmentCode: event.departmentCode
      )
      try received(matter, at: event.receivedAt, writing)
    }
    effects.on(IntakeV1.ApplicationReceived.self) { event, _, writing in
      let matter = WatchedCase(
        number: event.number,
        itemCode: event.itemCode,
        itemVersion: event.itemVersion,
        departmentCode: event.departmentCode,
        receiptPost: event.postCode
      )
      try received(matter, at: event.receivedAt, writing)
    }
    effects.on(IntakeV1.CorrectionRequested.self) { event, _, writing in
      try writing.close(.receipt, of: event.number, on: writing.call.today)
    }
    effects.on(IntakeV1.CorrectionCompleted.self) { event, _, writing in
      guard let matter = try writing.running(event.number) else { return }
      let start = Day(iso: event.completedOn) ?? writing.call.today
      try writing.open(.receipt, of: matter, start: start, term: .receipt)
    }
    effects.on(IntakeV1.ApplicationAccepted.self) { event, _, writing in
      try accepted(event, writing)
    }
    effects.on(IntakeV1.ApplicationRefused.self) { event, _, writing in
      try writing.endCase(event.number)
    }
    effects.on(IntakeV1.ApplicationWithdrawn.self) { event, _, writing in
      try writing.endCase(event.number)
    }
    effects.on(IntakeV1.ApplicationReturned.self) { event, _, writing in
      try writing.endCase(event.number)
    }
    effects.raiseBypasses()
    return effects
  }()

  /// The five days run from the first time that it came in; receiving it again moves nothing.
  private static func received(
    _ matter: WatchedCase,
    at instant: GoogleProtobuf.Timestamp?,
    _ writing: Writing
  ) throws {
    let call = writing.call
    if var known = try writing.transaction.watchedCase(matter.number, hall: call.hall) {
      known.receiptPost = matter.receiptPost
      return try writing.transaction.save(known, hall: call.hall)
    }
    try writing.transaction.save(matter, hall: call.hall)
    let start = instant.map { call.legalTime.day(of: $0.instant) } ?? call.today
    try writing.open(.receipt, of: matter, start: start, term: .receipt)
  }

  private static func accepted(_ event: IntakeV1.ApplicationAccepted, _ writing: Writing) throws {
    guard let admission = event.admission else { return }
    let call = writing.call
    let start = Day(iso: admission.acceptedOn) ?? call.today
    let known = try writing.transaction.watchedCase(admission.number, hall: call.hall)
    guard known?.acceptedOn == nil, known?.endedOn == nil else { return }
    var matter = WatchedCase(
      number: admission.number,
      itemCode: admission.itemCode,
      itemVersion: admission.itemVersion,
      departmentCode: event.departmentCode
    )
    matter.receiptPost = known?.receiptPost ?? ""
    matter.acceptedOn = start
    try writing.transaction.save(matter, hall: call.hall)
    try writing.close(.receipt, of: matter.number, on: call.today)
    let limit = Term(event.legalLimit)
    let legal = limit.map { limit in
      TermClock(start: Day(iso: event.legalStartOn) ?? start, term: limit)
    }
    // Without a promise the case is watched by its legal limit. The promise comes first: where both
    // are over on one day, red is told before purple.
    if let promise = Term(event.promise) ?? limit {
      let begin = event.promise == nil ? legal?.start ?? start : start
      try writing.open(.promise, of: matter, start: begin, term: promise, legal: legal)
    }
    if let legal {
      try writing.open(.legal, of: matter, start: legal.start, term: legal.term)
    }
  }
}

extension Writing {
  /// A case that has not ended; nil if it has, or is not known.
  func running(_ number: String) throws -> WatchedCase? {
    let matter = try transaction.watchedCase(number, hall: call.hall)
    return matter?.endedOn == nil ? matter : nil
  }

  /// Notes that a case ended today, and closes what ends with it.
  func endCase(_ number: String) throws {
    guard var matter = try running(number) else { return }
    try tellReached(of: matter)
    matter.endedOn = call.today
    try transaction.save(matter, hall: call.hall)
    try closeAll(of: number, on: call.today)
  }
}
