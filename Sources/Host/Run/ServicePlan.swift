package import Service

/// How one service is run: what it is, and what stands before its engine.
package struct ServicePlan: Sendable {
  /// What it is.
  package let definition: Definition

  /// What listens on the inner port before the engine; by default the engine itself.
  ///
  /// Intake puts its materials here.
  package var front: @Sendable (RunningParts) throws -> any Endpoint = { $0.engine }

  /// What listens for all; nil for the five that have no door.
  package var door: (@Sendable (RunningParts) throws -> any Endpoint)?

  package init(_ definition: Definition) {
    self.definition = definition
  }
}
