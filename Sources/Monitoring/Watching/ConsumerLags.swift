internal import Messages
package import Service
internal import Storage
internal import Synchronization

/// How far the named consumers of alerts lie behind, as it was when they were last looked at.
package final class ConsumerLags: Sendable {
  /// Whose lag it is.
  package struct Name: Sendable, Hashable {
    package let hall: String
    package let consumer: String
  }

  private let lags = Mutex<[Name: Int64]>([:])

  package init() {}

  /// Alerts behind the committed cursor of each consumer, 0 to ``AlertHandlers/countedLag``.
  ///
  /// What a consumer's filter leaves out is counted too: its cursor passes over it.
  package var now: [Name: Int64] { lags.withLock { $0 } }

  /// Counts anew; what was known stays if the store cannot be read.
  package func measure(_ engine: Engine) {
    let counted = try? engine.store.read { snapshot in
      try snapshot.consumerPositions().map { name, position in
        let lag = try snapshot.alertsBehind(
          position,
          type: MonitoringV1.AlertRaised.fullName,
          hall: name.hall,
          most: AlertHandlers.countedLag
        )
        return (name, lag)
      }
    }
    guard let counted else { return }
    lags.withLock { $0 = Dictionary(counted) { first, _ in first } }
  }
}
