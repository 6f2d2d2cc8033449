internal import Connect
internal import Kernel
internal import Messages
internal import Service

/// Who goes where, after all checks.
enum Decision: Sendable {
  /// Nowhere; this is the answer.
  case answer(Answer)
  /// On, with a pass.
  case go(Entry)
}

/// A request that was let in.
struct Entry: Sendable {
  let target: Target
  let admission: Admission
  let hall: String
  /// What is left of the deadline, in milliseconds; nil if there is none.
  let timeout: Int64?
  /// The generation of admissions from which the caller's was taken, if it was decided at once and
  /// nothing was taken off the deadline; nil else.
  let generation: Int?
}

/// What a look into memory says of a request.
enum Look: Sendable {
  case decided(Decision)
  /// The credentials have to be verified first.
  case unknown(Credentials, Target)
}

extension Gateway {
  /// Decides by what is remembered: no verifying, no signing, no store.
  ///
  /// A call that is charged is taken from its caller's limit.
  func look(at head: RequestHead, isCharged: Bool = true) -> Look {
    let target: Target
    switch routes.target(of: head) {
    case .success(let found): target = found
    case .failure(.answer(let answer)):
      counts.refused("HTTP_\(answer.status)")
      return .decided(.answer(withClock(answer)))
    case .failure(.refused(let refusal)):
      return .decided(refuse(refusal, nil, head))
    }
    do throws(GatewayRefusal) {
      let credentials = try Credentials(head)
      let now = engine.surroundings.realNow()
      let generation = admissions.generation
      if let admission = admissions.admission(of: credentials, now: now) {
        return .decided(
          decide(target, head, admission, generation, since: now, isCharged: isCharged)
        )
      }
      if isCharged {
        let rate = settings.limits.checksPerSource
        try buckets.bucket(of: .checks(credentials.source), rate, now: now).take(now: now)
      }
      return .unknown(credentials, target)
    } catch {
      return .decided(refuse(error, target, head))
    }
  }

  /// Has credentials verified, and decides then, on another thread.
  func check(
    _ credentials: Credentials,
    _ target: Target,
    _ head: RequestHead,
    isCharged: Bool = true,
    _ tell: @escaping @Sendable (Decision) -> Void
  ) {
    let began = engine.surroundings.realNow()
    let isTaken = checks.add(
      CheckQueue.Check(credentials: credentials) { [self] result in
        switch result {
        case .success(let admission):
          tell(decide(target, head, admission, nil, since: began, isCharged: isCharged))
        case .failure(let refusal):
          tell(refuse(refusal, target, head))
        }
      }
    )
    if !isTaken { tell(refuse(.overloaded, target, head)) }
  }

  /// Decides about a caller who is known; the deadline is reduced by the time since `began`.
  private func decide(
    _ target: Target,
    _ head: RequestHead,
    _ admission: Admission,
    _ generation: Int?,
    since began: Instant,
    isCharged: Bool
  ) -> Decision {
    do throws(GatewayRefusal) {
      let now = engine.surroundings.realNow()
      if isCharged { try admission.bucket.take(now: now) }
      guard target.roles.contains(.public) || !target.roles.isDisjoint(with: admission.roles)
      else { throw .wrongRole(target.name) }
      let hall = try Self.hall(head, admission)
      let spent = now.milliseconds(since: began)
      let timeout = try deadline(target, head, spent: spent)
      try Self.checkForm(target, head)
      return .go(
        Entry(
          target: target,
          admission: admission,
          hall: hall,
          timeout: timeout,
          generation: isCharged && spent == 0 ? generation : nil
        )
      )
    } catch {
      return refuse(error, target, head, hall: admission.halls.first)
    }
  }

  /// The hall in which a call acts: the one it names, else the caller's first.
  ///
  /// - Source: docs/rules/door.md, rule D8
  private static func hall(
    _ head: RequestHead,
    _ admission: Admission
  ) throws(GatewayRefusal) -> String {
    let named = head.fields.value(of: "onedoor-hall") ?? ""
    let hall = named.isEmpty ? admission.halls.first ?? "" : named
    guard admission.halls.contains(hall) else { throw .wrongHall(hall) }
    return hall
  }

  /// The deadline that goes on with a call: a unary one has one always, a stream if it asked.
  private func deadline(
    _ target: Target,
    _ head: RequestHead,
    spent: Int64
  ) throws(GatewayRefusal) -> Int64? {
    guard case .method(let route, _) = target.aim else { return nil }
    let asked = head.fields.value(of: "connect-timeout-ms")
    let cap = route.isStream ? nil : settings.limits.deadline
    guard let asked else { return cap }
    guard let timeout = Timeout(header: asked.utf8) else {
      throw .header(
        "connect-timeout-ms",
        zh: "调用时限须为正整数毫秒，至多 10 位",
        en: "The timeout is a positive number of milliseconds of at most 10 digits"
      )
    }
    let wanted = min(timeout.milliseconds, cap ?? timeout.milliseconds)
    // A deadline that passed here is passed on as the shortest: the service says so.
    return max(1, wanted - max(0, spent))
  }

  /// Checks what the protocol wants of a head, or of the query that a GET has in its place.
  private static func checkForm(
    _ target: Target,
    _ head: RequestHead
  ) throws(GatewayRefusal) {
    if case .method(_, let form) = target.aim, let get = form.get {
      do throws(GetQuery.Fault) {
        try get.query.check()
      } catch {
        throw .query(error)
      }
    }
    guard let version = head.fields.value(of: "connect-protocol-version"), version != "1" else {
      return
    }
    throw .version("connect-protocol-version")
  }
}
