internal import Connect
internal import Kernel
internal import Messages
package import Service

/// The one door of the house: who is it, may they, within limits; and on to a service with a pass.
///
/// Owns portals with the hashes of their keys, and the attempts that were refused. Its store
/// follows nobody; ``cache`` hears how far the catalogue's feed is.
///
/// - `RegisterPortal`: a key for a portal, told once.
/// - `ListPortals`: the portals, by name.
/// - `RotatePortalKey`: another key for a portal, told once.
/// - `WhoAmI`: how the gateway sees the caller.
/// - `ListRefusedAttempts`: who was turned away, newest first.
///
/// At the head of each request it only looks things up: the route by path, the caller by the
/// credentials. What has to be verified or signed waits in a queue for ``run()``, off the event
/// loops, and is remembered for some minutes afterwards.
///
/// - Source: docs/rules/door.md.
package final class Gateway: Door {
  /// The engine that answers the gateway's own methods.
  package let engine: Engine
  /// What the deployment chose; its issuers may have been replaced since by ``reload(_:)``.
  package let settings: GatewaySettings

  /// The six; feeds and test services stay inside.
  package static let services: Set<String> = [
    "gateway", "catalogue", "intake", "approval", "queueing", "monitoring",
  ]

  let routes: Routes
  let documents = Documents()
  let counts = GatewayCounts()
  /// What streams share of their messages.
  let envelopes = SharedEnvelopes()
  let admissions = Admissions()
  let buckets = Buckets()
  let checks = CheckQueue()
  let attempts: AttemptTally
  /// Answers of the public catalogue.
  package let cache: AnswerCache
  let admitting: Admitting
  let clockFields: [Answer.Field]

  /// Opens the door before an engine of ``Definition/gateway(demoClock:)``.
  ///
  /// - Parameters:
  ///   - engine: The engine.
  ///   - settings: What the deployment chose.
  ///   - services: The services that are reached, as packages of the contract: the six, or those
  ///     of a test.
  /// - Throws: ``GatewaySettings/Faults``, all of them at once.
  package init(
    engine: Engine,
    settings: GatewaySettings,
    services: Set<String> = Gateway.services
  ) async throws {
    self.engine = engine
    self.settings = settings
    routes = Routes(Contract.methods, of: services)
    cache = AnswerCache(limit: settings.limits.cache)
    attempts = AttemptTally(window: settings.limits.attemptWindow)
    admitting = try await Admitting(engine: engine, settings: settings, buckets: buckets)
    clockFields = settings.demoClock ? [Answer.Field("onedoor-clock", "demo")] : []
  }

  /// Replaces the issuers and their keys, and forgets who was admitted by the old ones.
  ///
  /// Open streams are looked at by the new ones soon: see ``StreamLease``.
  ///
  /// - Throws: ``GatewaySettings/Faults``; then the old ones stay.
  package func reload(_ issuers: [GatewaySettings.Issuer]) async throws {
    try await admitting.reload(issuers)
    admissions.forgetAll()
  }

  /// What was counted since the start.
  package var metrics: GatewayCounts.Values {
    var values = counts.now
    values.waitingChecks = checks.count
    values.admissions = admissions.count
    values.cache = cache.values
    return values
  }

  // MARK: - Door

  package func passage(of head: RequestHead) -> Passage {
    switch look(at: head) {
    case .decided(let decision):
      return passage(decision, head)
    case .unknown(let credentials, let target):
      return .later { [self] tell in
        check(credentials, target, head) { tell(self.passage($0, head)) }
      }
    }
  }

  package func dispatch(_ request: InboundRequest, to reply: any Reply) {
    let head = RequestHead(
      verb: request.verb,
      path: request.path,
      fields: request.fields,
      peer: request.peer
    )
    // The call was taken from its limit when its head came.
    switch look(at: head, isCharged: false) {
    case .decided(let decision):
      finish(decision, request, reply)
    case .unknown(let credentials, let target):
      check(credentials, target, head, isCharged: false) { self.finish($0, request, reply) }
    }
  }

  // MARK: - Work off the event loops

  /// Verifies what waits, and what will, until the task that runs it is cancelled; then it refuses
  /// whoever still waits or comes.
  package func run() async {
    for await _ in checks.signals { await drain() }
    checks.close()
    while let check = checks.next() { check.tell(.failure(.overloaded)) }
  }

  /// Verifies all that waits now.
  package func drain() async {
    while let check = checks.next() {
      check.tell(await admit(check.credentials))
    }
  }

  /// Who comes with these credentials, from memory if another call has asked in the meantime.
  private func admit(_ credentials: Credentials) async -> Result<Admission, GatewayRefusal> {
    if let known = admissions.admission(of: credentials, now: engine.surroundings.realNow()) {
      return .success(known)
    }
    counts.checked()
    let generation = admissions.generation
    do throws(GatewayRefusal) {
      var admission = try await admitting.admit(credentials)
      admission.generation = generation
      admissions.remember(
        admission,
        of: credentials,
        generation: generation,
        now: engine.surroundings.realNow()
      )
      return .success(admission)
    } catch {
      return .failure(error)
    }
  }
}
