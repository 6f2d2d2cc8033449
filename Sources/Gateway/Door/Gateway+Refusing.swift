internal import Connect
internal import Kernel
internal import Messages
internal import Service

extension Gateway {
  /// The answer to a request that is turned away; it is counted, and kept if it was an attempt.
  ///
  /// The target is nil for what is not served, the hall is the caller's where the caller is known.
  func refuse(
    _ no: GatewayRefusal,
    _ target: Target?,
    _ head: RequestHead,
    hall: String? = nil
  ) -> Decision {
    let refusal = no.refusal
    counts.refused(refusal.reason)
    if no.isAttempt, let target {
      let named = head.fields.value(of: "onedoor-hall") ?? ""
      let known = settings.halls.contains(named) ? named : hall ?? settings.defaultHall
      attempts.count(
        RefusedAttempt.Kind(
          hall: known,
          source: head.peer,
          reason: refusal.reason,
          method: target.name
        ),
        realNow: engine.surroundings.realNow(),
        hallNow: engine.surroundings.hallNow()
      )
    }
    var answer = withClock(Self.answer(refusal, target, audience(target, head)))
    // Some noes could be kept by default (RFC 9110, 15.1).
    if head.isGet { answer.fields.append(.init("cache-control", "no-store")) }
    return .answer(head.verb == "HEAD" ? answer.withoutBody : answer)
  }

  private func audience(_ target: Target?, _ head: RequestHead) -> Audience {
    guard case .method(_, let form)? = target?.aim else { return Audience(head.fields) }
    return Audience(head.fields, form.type.codec)
  }

  func withClock(_ answer: Answer) -> Answer {
    var answer = answer
    answer.fields += clockFields
    return answer
  }

  private static func answer(
    _ refusal: Refusal,
    _ target: Target?,
    _ audience: Audience
  ) -> Answer {
    if let stream = target?.stream { return refusal.streamAnswer(stream, audience) }
    var answer = refusal.answer(audience)
    // RFC 9110, 11.6.1: a 401 names how to do better.
    if answer.status == 401 { answer.fields.append(.init("www-authenticate", "Bearer")) }
    return answer
  }

  /// Writes refused attempts whose minute is over; `Host` calls it about once a second.
  ///
  /// - Parameter all: Whether those of the running minute are written too, as before a stop.
  package func step(all: Bool = false) {
    let taken = attempts.take(realNow: engine.surroundings.realNow(), all: all)
    guard !taken.isEmpty else { return }
    let call = Call.ofTheSystem(
      "RefusedAttempts",
      service: Keyring.gateway,
      hall: settings.defaultHall,
      now: engine.surroundings.hallNow(),
      surroundings: engine.surroundings
    )
    engine.write(call) { writing in
      for attempt in taken { try writing.transaction.add(attempt) }
      for hall in Set(taken.map(\.kind.hall)) {
        try writing.transaction.forgetAttempts(
          hall: hall,
          before: writing.call.now.advanced(byMilliseconds: -Self.attemptsKept),
          limit: 2 * taken.count
        )
      }
    } completion: { [self] result in
      guard case .failure = result else { return }
      attempts.putBack(taken, realNow: engine.surroundings.realNow())
    }
  }

  /// How long refused attempts are kept.
  ///
  /// - Unit: milliseconds; 180 days.
  private static let attemptsKept: Int64 = 180 * 86_400_000
}

extension Refusal {
  /// The whole answer to a streaming call that is refused before it begins.
  func streamAnswer(_ type: ContentType, _ audience: Audience) -> Answer {
    self.answer(audience).inLastEnvelope(of: type)
  }
}
