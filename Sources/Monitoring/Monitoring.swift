internal import Messages
package import Service

/// Monitoring: watches the clocks of all cases and tells whom it concerns in time.
///
/// It owns clocks, alerts, named consumers and the figures of decided cases, and follows the five
/// others. What is derived of a clock is written in one place, `Watching/Settling.swift`; alerts
/// are entries of its own feed, which is what consumers read.
///
/// - `ListClocks`: open clocks by due day.
/// - `GetClock`: a case's clocks, explained day by day.
/// - `GetStatistics`: the figures of handbook 9 for a period.
package struct MonitoringHandlers: MonitoringServiceHandlers {
  package typealias Reading = Service.Reading

  package init() {}
}

/// The alerts, for consumers outside.
///
/// - `FollowAlerts`: the alerts behind a cursor, or of a named consumer, then those to come.
/// - `ReadAlerts`: a page of alerts.
/// - `AcknowledgeAlert`: an official has seen one.
/// - `RegisterConsumer`: names a reader whose cursor is kept.
/// - `CommitCursor`: how far a named reader has come.
package struct AlertHandlers: AlertServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  /// Who reads in which consumer's name.
  let leases = Leases()
  /// The last entries, for those who follow.
  let recent = RecentAlerts()

  package init() {}
}

extension Definition {
  /// Monitoring.
  package static func monitoring() -> Self {
    var definition = Self(name: "monitoring", migrations: MonitoringSchema.migrations)
    MonitoringHandlers().register(in: &definition.registry)
    let alerts = AlertHandlers()
    alerts.register(in: &definition.registry)
    definition.streamEnded = { call, position in
      guard call.method == MonitoringV1.AlertService.followAlerts.name, let position else { return }
      alerts.leases.release(StreamPlace(packed: position).lease)
    }
    definition.timers = [
      MonitoringTimer.level: levelReached,
      MonitoringTimer.stalePause: pauseBecameStale,
      MonitoringTimer.redate: setRedatings,
      MonitoringTimer.redateCase: redateCase,
    ]
    definition.verifications = [.clocks]
    definition.follows = [
      FollowingCatalogue.effects, FollowingIntake.effects, FollowingApproval.effects,
      FollowingQueueing.effects, FollowingGateway.effects,
    ]
    return definition
  }
}
