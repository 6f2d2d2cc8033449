package import Kernel
package import Messages
package import Storage

/// What a write handler works on: the call and its part of the transaction.
///
/// Whatever a handler writes, publishes and sets through it is on disk when the caller is
/// answered, or none of it is. A handler may be run again from the start if a neighbour in the
/// batch fails, so it keeps nothing outside the transaction but by ``once(_:_:)``.
package struct Writing {
  /// The call.
  package let call: Call
  /// The handler's part of the transaction.
  package let transaction: Transaction
  /// Seals and opens personal columns.
  package let seal: Seal
  /// The service's keys.
  package let keyring: Keyring
  /// What the call remembers over the runs of its handler; nil for what the service does by itself.
  private let memory: CallMemory?

  package init(call: Call, transaction: Transaction, seal: Seal, keyring: Keyring) {
    self.init(call: call, transaction: transaction, seal: seal, keyring: keyring, memory: nil)
  }

  init(
    call: Call,
    transaction: Transaction,
    seal: Seal,
    keyring: Keyring,
    memory: CallMemory?
  ) {
    self.call = call
    self.transaction = transaction
    self.seal = seal
    self.keyring = keyring
    self.memory = memory
  }

  /// The same in the name of another call, for example as of another instant.
  package func with(_ call: Call) -> Writing {
    Writing(call: call, transaction: transaction, seal: seal, keyring: keyring, memory: memory)
  }

  /// Does something outside the transaction once a call, however often its handler is run.
  ///
  /// Timers, followers and internal writes are no calls: what they do is done in each run.
  ///
  /// - Parameters:
  ///   - name: What is done, the same in each run.
  ///   - body: Does it; what it returns in the first run holds in all.
  /// - Returns: What the first run returned.
  @discardableResult
  package func once<Value: Sendable>(_ name: String, _ body: () -> Value) -> Value {
    guard let memory else { return body() }
    return memory.once(name, body)
  }

  /// The same as reading: for rules and queries that both kinds of handler use.
  package var reading: Reading {
    Reading(call: call, snapshot: transaction, seal: seal)
  }

  /// Tells the others what happened, in the transaction of the change.
  ///
  /// - Parameters:
  ///   - payload: What happened, without personal data. The entry's type is the message's name.
  ///   - subject: What it happened to, for example a case number.
  ///   - personal: Personal data, kept outside the chain and sealed at rest; nil if there are none.
  ///   - basis: By what rule or paper.
  ///   - onBehalfOf: For whom, for example the A that a B stands in for.
  /// - Throws: `StoreError`, or what sealing throws.
  package func publish(
    _ payload: some Message,
    subject: String,
    personal: (any Message)? = nil,
    basis: String = "",
    onBehalfOf: String = ""
  ) throws {
    let draft = try draft(
      type(of: payload).fullName,
      payload.encode(),
      Surrounding(subject: subject, personal: personal, basis: basis, onBehalfOf: onBehalfOf)
    )
    try transaction.publish(draft)
  }

  /// Tells the others what happened, with an admission that is signed before the commit.
  ///
  /// One signature covers all admissions of the batch, so it cannot be there when this returns.
  ///
  /// - Parameters:
  ///   - admission: What is admitted; key, algorithm and proof are set before the commit.
  ///   - subject: What it happened to, for example a case number.
  ///   - personal: Personal data, kept outside the chain and sealed at rest; nil if there are none.
  ///   - basis: By what rule or paper.
  ///   - onBehalfOf: For whom, for example the A that a B stands in for.
  ///   - payload: Makes what happened of the signed admission; it may do nothing else.
  /// - Throws: `StoreError`, or what sealing throws.
  /// - Source: docs/adr/0034-one-signature-for-a-batch-of-admissions.md
  package func publish<Payload: Message>(
    _ admission: IntakeV1.Admission,
    subject: String,
    personal: (any Message)? = nil,
    basis: String = "",
    onBehalfOf: String = "",
    in payload: @escaping (IntakeV1.Admission) -> Payload
  ) throws {
    let draft = try draft(
      Payload.fullName,
      [],
      Surrounding(subject: subject, personal: personal, basis: basis, onBehalfOf: onBehalfOf)
    )
    try transaction.publish(
      draft,
      finishing: UnsignedAdmission(admission) { payload($0).encode() }
    )
  }

  /// What stands beside a payload.
  private struct Surrounding {
    var subject: String
    var personal: (any Message)?
    var basis: String
    var onBehalfOf: String
  }

  private func draft(
    _ fullName: String,
    _ payload: [UInt8],
    _ beside: Surrounding
  ) throws -> FeedDraft {
    var draft = FeedDraft(
      id: call.nextIdentifier(),
      hall: call.hall,
      recordedAt: call.now,
      type: Self.name(of: fullName),
      subject: beside.subject,
      actor: call.pass.subject,
      post: call.post,
      onBehalfOf: beside.onBehalfOf.isEmpty ? call.pass.onBehalfOf : beside.onBehalfOf,
      basis: beside.basis,
      payloadType: fullName,
      payload: payload,
      trace: call.trace
    )
    for cursor in try transaction.cursors() { draft.reflects[cursor.upstream] = cursor.position }
    if let personal = beside.personal {
      draft.salt = call.surroundings.randomBytes(16)
      draft.privatePart = try seal.seal(
        personal.encode(),
        nonce: call.surroundings.randomBytes(12)
      )
    }
    return draft
  }

  /// What stands behind the last dot of a message's full name.
  package static func name(of fullName: String) -> String {
    let bytes = fullName.utf8
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return fullName }
    return String(fullName[bytes.index(after: dot)...])
  }

  /// Sets a timer that fires in the hall's time.
  ///
  /// - Parameters:
  ///   - kind: Which of the service's timers.
  ///   - subject: What it is about.
  ///   - stamp: The subject's stamp; when it has risen by the time the timer fires, the timer is
  ///     stale and its effect does nothing.
  ///   - due: When; it may be over.
  ///   - isContinuation: Whether it goes on with what this one began; then no other fires before
  ///     the next step, so that much work is cut into steps and all timers keep the order of time.
  /// - Throws: `StoreError`.
  package func setTimer(
    _ kind: String,
    subject: String,
    stamp: Int64,
    due: Instant,
    isContinuation: Bool = false
  ) throws {
    try transaction.setTimer(
      kind: kind,
      subject: subject,
      stamp: stamp,
      due: due,
      hall: call.hall,
      isContinuation: isContinuation,
      trace: call.trace
    )
  }

  /// Refuses if the thing's revision is not the one that the caller expected.
  ///
  /// - Throws: ``Refusal`` `STALE_REVISION` with the present revision.
  package func check(expected: Int64?, revision: Int64, of subject: String) throws(Refusal) {
    guard let expected, expected != revision else { return }
    throw .staleRevision(subject, current: revision)
  }
}
