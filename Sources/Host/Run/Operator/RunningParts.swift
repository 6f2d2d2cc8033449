package import Service

/// What makes up one running service besides its sockets.
package struct RunningParts: Sendable {
  /// Calls in, answers out.
  package let engine: Engine
  /// What an operator set.
  package let configuration: Configuration
  /// The service's log.
  package let log: Log
  /// Its health.
  package let health: Health
  /// How long its calls take.
  package let meter: CallMeter
  /// When its certificates end.
  package let certificates = CertificateEnds()
  /// Whether its store is being verified.
  let verifying = Verifying()
  /// Which calls get a line in the log.
  let loggedCalls: Configuration.LoggedCalls

  /// Puts the parts together.
  package init(engine: Engine, configuration: Configuration, log: Log) {
    self.engine = engine
    self.configuration = configuration
    self.log = log
    health = Health()
    meter = CallMeter()
    loggedCalls = configuration.loggedCalls
  }
}
