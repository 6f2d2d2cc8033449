package import Service

/// How one service is run: what it is, and what stands before its engine.
package struct ServicePlan: Sendable {
  /// What listens, and what has to go on beside it.
  package struct Front: Sendable {
    /// What listens.
    package let endpoint: any Endpoint
    /// What it wants to hear of other services' feeds while it runs.
    package let watches: [HeadWatch]
    /// Work that goes on until the service stops and its task is cancelled; nil if there is none.
    package let companion: (@Sendable () async -> Void)?
    /// What it reads from files and takes anew when these change.
    package let exchanges: [FileExchange]
    /// What it keeps beside the store, which a backup takes along; nil if nothing.
    package let files: KeptFiles?
    /// Writes what it counts behind the metrics of the service; nil if it counts nothing.
    package let metrics: (@Sendable (inout MetricsText) -> Void)?

    package init(
      _ endpoint: any Endpoint,
      watches: [HeadWatch] = [],
      exchanges: [FileExchange] = [],
      files: KeptFiles? = nil,
      companion: (@Sendable () async -> Void)? = nil,
      metrics: (@Sendable (inout MetricsText) -> Void)? = nil
    ) {
      self.endpoint = endpoint
      self.watches = watches
      self.exchanges = exchanges
      self.files = files
      self.metrics = metrics
      self.companion = companion
    }
  }

  /// What it is.
  package let definition: Definition

  /// What listens on the inner port before the engine; by default the engine itself.
  ///
  /// Intake puts its materials here.
  package var front: @Sendable (RunningParts) async throws -> Front = { Front($0.engine) }

  /// What listens for all; nil for the five that have no door.
  package var door: (@Sendable (RunningParts) async throws -> Front)?

  package init(_ definition: Definition) {
    self.definition = definition
  }
}
