internal import Kernel
internal import Service

/// Lets further calls of an admitted caller in whose heads are the same.
///
/// Path, verb, roles, hall, deadline and version depend on the head alone. What else was looked at
/// is looked at again: that the admission is fresh, that its issuer's keys are still those, and the
/// caller's bucket.
final class AdmissionTicket: Ticket {
  private let gateway: Gateway
  private let admission: Admission
  private let generation: Int
  private let counters: [Counter]

  init(_ gateway: Gateway, _ admission: Admission, generation: Int, to upstream: String) {
    self.gateway = gateway
    self.admission = admission
    self.generation = generation
    counters = gateway.counts.admissions(admission.kind, to: upstream)
  }

  func admitsAnother() -> Bool {
    let now = gateway.engine.surroundings.realNow()
    // Who has used up the limit is told so by whoever decides anew.
    guard now < admission.freshUntil, generation == gateway.admissions.generation,
      admission.bucket.takes(now: now)
    else { return false }
    for counter in counters { counter.count() }
    return true
  }
}
