internal import Connect
internal import Kernel
internal import Service
internal import Synchronization

/// Lets a stream go on for as long as what its caller showed is good.
///
/// It ends at the end of the token, of a portal's key or of its word for its user. When keys were
/// taken anew, what was shown is verified once more, off the event loops.
///
/// - Source: docs/rules/door.md, D12.
final class StreamLease: Lease {
  private struct State {
    var until: Instant?
    var generation: Int
    /// Whether what was shown is being verified once more.
    var isAsking = false
    var ending: [UInt8]?
  }

  private let gateway: Gateway
  private let credentials: Credentials
  private let audience: Audience
  private let state: Mutex<State>

  init(_ gateway: Gateway, _ credentials: Credentials, _ admission: Admission, _ audience: Audience)
  {
    self.gateway = gateway
    self.credentials = credentials
    self.audience = audience
    state = Mutex(State(until: admission.until, generation: admission.generation))
  }

  func ending() -> [UInt8]? {
    let generation = gateway.admissions.generation
    let now = gateway.engine.surroundings.realNow()
    let (ending, asks) = state.withLock { state -> ([UInt8]?, Bool) in
      if state.ending == nil, let until = state.until, until <= now {
        state.ending = envelope(expired)
      }
      let asks = state.ending == nil && generation != state.generation && !state.isAsking
      if asks { state.isAsking = true }
      return (state.ending, asks)
    }
    if asks { verify(generation) }
    return ending
  }

  /// Verifies what was shown by the keys of now.
  private func verify(_ generation: Int) {
    let isTaken = gateway.checks.add(
      CheckQueue.Check(credentials: credentials) { [self] result in
        state.withLock { state in
          state.isAsking = false
          switch result {
          case .success(let admission):
            state.until = admission.until
            state.generation = generation
          case .failure(let no):
            // A fault of ours or a full queue says nothing about the caller.
            if no.refusal.code == .unauthenticated { state.ending = envelope(no) }
          }
        }
      }
    )
    if !isTaken { state.withLock { $0.isAsking = false } }
  }

  private var expired: GatewayRefusal {
    switch credentials.proof {
    case .none, .token: .tokenExpired
    // Without a word for a user only the key itself can end.
    case .portal(_, nil): .portalKeyUnknown
    case .portal: .subjectExpired
    }
  }

  private func envelope(_ no: GatewayRefusal) -> [UInt8] {
    Envelope(flags: .endOfStream, payload: no.refusal.endOfStream(audience)).bytes
  }
}
