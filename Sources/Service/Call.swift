package import Kernel
package import Messages

/// What a handler knows of the call that it answers, besides the request.
///
/// Both presents are read once per call, so that one call sees one instant.
package struct Call: Sendable {
  /// What stays the same over many calls, so that a copy of a call costs one reference.
  private final class Facts: Sendable {
    let method: String
    let pass: Pass
    let hall: String
    let access: AccessV1.Access?
    let surroundings: Surroundings

    init(
      _ method: String,
      _ pass: Pass,
      _ hall: String,
      _ access: AccessV1.Access?,
      _ surroundings: Surroundings
    ) {
      self.method = method
      self.pass = pass
      self.hall = hall
      self.access = access
      self.surroundings = surroundings
    }
  }

  private var facts: Facts
  /// The present in the hall, or for a follower the instant of the entry.
  package var now: Instant
  /// The real present.
  package var realNow: Instant
  /// The key under which the answer is kept; empty for reads.
  package var idempotencyKey: String
  /// The trace that the call, entry or timer is part of; nil if it came without one.
  package var trace: TraceContext?

  package init(
    method: String,
    pass: Pass,
    hall: String,
    now: Instant,
    realNow: Instant,
    idempotencyKey: String = "",
    access: AccessV1.Access? = nil,
    trace: TraceContext? = nil,
    surroundings: Surroundings
  ) {
    facts = Facts(method, pass, hall, access, surroundings)
    self.now = now
    self.realNow = realNow
    self.idempotencyKey = idempotencyKey
    self.trace = trace
  }

  /// The method, for example `SubmitApplication`.
  package var method: String { facts.method }

  /// Who calls.
  package var pass: Pass {
    get { facts.pass }
    set { facts = Facts(method, newValue, hall, access, surroundings) }
  }

  /// The hall in which the call acts.
  package var hall: String {
    get { facts.hall }
    set { facts = Facts(method, pass, newValue, access, surroundings) }
  }

  /// The access rule of the method.
  package var access: AccessV1.Access? { facts.access }

  /// Time, identifiers and randomness.
  package var surroundings: Surroundings { facts.surroundings }

  /// The hall's legal time.
  package var legalTime: LegalTime { surroundings.legalTime }

  /// The day of the call in the hall's legal time.
  package var today: Day { legalTime.day(of: now) }

  /// A fresh identifier, ascending in time.
  package func nextIdentifier() -> String { surroundings.nextIdentifier() }

  /// The post in which the caller acts: the first that the pass names, or none.
  package var post: String { pass.posts.first ?? "" }

  /// Whether the caller sees only what is its own.
  ///
  /// True for applicants, agents and portals on methods marked `own`, unless the pass also has a
  /// role of the hall's that may call the method.
  package var seesOnlyOwn: Bool {
    guard let access, access.own else { return false }
    let outsiders: Set<AccessV1.Role> = [.applicant, .agent, .portal, .public]
    return pass.roles.intersection(access.roles).isSubset(of: outsiders)
  }

  /// Whether the caller may see and touch a thing of this owner.
  package func mayTouch(ownedBy owner: String) -> Bool {
    !seesOnlyOwn || owner == pass.owner
  }

  /// The call that a timer or follower makes in the name of the service itself.
  package static func ofTheSystem(
    _ method: String,
    service: String,
    hall: String,
    now: Instant,
    trace: TraceContext? = nil,
    surroundings: Surroundings
  ) -> Self {
    let realNow = surroundings.realNow()
    return Self(
      method: method,
      pass: Pass(
        issuer: service,
        subject: "system",
        roles: [.service],
        halls: [hall],
        expiresAt: realNow
      ),
      hall: hall,
      now: now,
      realNow: realNow,
      trace: trace,
      surroundings: surroundings
    )
  }
}
