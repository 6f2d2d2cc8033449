internal import Messages
package import Service

/// The queueing room: window sessions, tickets and ratings.
///
/// It follows the catalogue (windows, items), intake (which case a ticket led to, the code by which
/// a rating is checked) and approval (what was decided can be rated).
///
/// QueueService
/// - OpenWindow: opens a window for a session of the caller
/// - TakeTicket: draws a ticket for an item or a letter
/// - CallNext: calls the next ticket to the caller's window
/// - StartService, FinishService: the called person came; is done
/// - GetHallState: open windows and how many wait
///
/// RatingService
/// - Rate: rates a case or a visit, once each
extension Definition {
  /// Queueing.
  package static func queueing() -> Definition {
    var definition = Definition(name: "queueing", migrations: QueueingSchema.migrations)
    QueueHandlers().register(in: &definition.registry)
    RatingHandlers().register(in: &definition.registry)
    definition.follows = [.catalogue, .intakeForQueueing, .approvalForQueueing]
    definition.verifications = [.ratings]
    definition.timers[ForgetPersons.kind] = ForgetPersons.fire
    return definition
  }
}

/// Answers QueueService; one file an RPC in `Handlers/`.
package struct QueueHandlers: QueueServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  package init() {}
}

/// Answers RatingService; one file an RPC in `Handlers/`.
package struct RatingHandlers: RatingServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  /// Who tries out query codes.
  let lookups = LookupGuard(.rating)

  package init() {}
}
