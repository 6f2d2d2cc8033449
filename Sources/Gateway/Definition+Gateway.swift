internal import Messages
package import Service

extension Definition {
  /// The gateway's own service, for an ordinary engine.
  ///
  /// `WhoAmI` says whether the hall's clock is a demo clock.
  package static func gateway(demoClock: Bool) -> Definition {
    var definition = Definition(name: Keyring.gateway, migrations: GatewaySchema.migrations)
    let handlers = GatewayHandlers(demoClock: demoClock)
    handlers.register(in: &definition.registry)
    definition.registry.check(GatewayV1.GatewayService.registerPortal) { request, _ in
      handlers.violations(of: request)
    }
    return definition
  }
}

/// The handlers of `GatewayService`; each has its own file in `Handlers/`.
struct GatewayHandlers: GatewayServiceHandlers {
  typealias Reading = Service.Reading
  typealias Writing = Service.Writing

  let demoClock: Bool
}
