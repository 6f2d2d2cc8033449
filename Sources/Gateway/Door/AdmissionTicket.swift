internal import Kernel
internal import Service

/// Lets further calls of an admitted caller in whose heads are the same.
///
/// Path, verb, roles, hall, deadline and version depend on the head alone. What else was looked at
/// is looked at again: that the admission is fresh, that its issuer's keys are still those, and the
/// caller's bucket.
final class AdmissionTicket: Ticket {
  private let surroundings: Surroundings
  private let admissions: Admissions
  private let bucket: Bucket
  private let freshUntil: Instant
  private let generation: Int
  private let toService: Counter
  private let ofKind: Counter

  init(_ gateway: Gateway, _ admission: Admission, generation: Int, to upstream: String) {
    surroundings = gateway.engine.surroundings
    admissions = gateway.admissions
    bucket = admission.bucket
    freshUntil = admission.freshUntil
    self.generation = generation
    (toService, ofKind) = gateway.counts.admissions(admission.kind, to: upstream)
  }

  func admitsAnother() -> Bool {
    let now = surroundings.realNow()
    // Who has used up the limit is told so by whoever decides anew.
    guard now < freshUntil, generation == admissions.generation, bucket.takes(now: now)
    else { return false }
    toService.count()
    ofKind.count()
    return true
  }
}
