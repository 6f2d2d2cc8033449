internal import Approval
internal import Catalogue
internal import Foundation
internal import Gateway
internal import Host
internal import Intake
internal import Kernel
internal import Monitoring
internal import Queueing
internal import Service

/// The services that this program can run, by name, in the order in which `up` starts them.
///
/// A service is one line here: its definition, and for intake what takes materials and for the
/// gateway its door.
enum Services {
  /// How each service is run.
  static let plans: [(name: String, plan: @Sendable (Configuration) -> ServicePlan)] = [
    ("catalogue", { _ in ServicePlan(.catalogue()) }),
    ("intake", intake),
    ("approval", { _ in ServicePlan(.approval()) }),
    ("queueing", { _ in ServicePlan(.queueing()) }),
    ("monitoring", monitoring),
    ("gateway", gateway),
  ]

  /// The names, in order.
  static var names: [String] { plans.map(\.name) }

  /// How a service is run; nil if there is none of that name.
  static func plan(_ name: String, _ configuration: Configuration) -> ServicePlan? {
    plans.first { $0.name == name }?.plan(configuration)
  }

  /// How often files that nobody attached are looked for.
  private static let sweepInterval = Duration.seconds(60)

  /// The folder of the materials, in the data folder and in a backup.
  static let materialsFolder = "materials"

  @Sendable
  private static func intake(_ configuration: Configuration) -> ServicePlan {
    let folder = "\(configuration.dataFolder)/\(materialsFolder)"
    var definition = Definition.intake(region: configuration.hall)
    definition.verifications += Verification.materials(in: folder)
    var plan = ServicePlan(definition)
    plan.front = { parts in
      let materials = try Materials(
        engine: parts.engine,
        folder: folder,
        offload: Offload.run
      )
      let files = KeptFiles(in: materialsFolder) { folder, isCancelled in
        let amount = try materials.folder.copy(
          to: MaterialFolder(path: folder),
          unless: isCancelled
        )
        return KeptFiles.Amount(files: amount.files, bytes: amount.bytes)
      }
      return ServicePlan.Front(materials, files: files) {
        // That the task is cancelled ends the wait and with it the loop.
        while (try? await Task.sleep(for: sweepInterval)) != nil {
          Offload.run { materials.sweep(now: parts.engine.surroundings.realNow()) }
        }
      }
    }
    return plan
  }

  /// How often it is counted how far the consumers of alerts lie behind.
  private static let lagInterval = Duration.seconds(5)

  @Sendable
  private static func monitoring(_ configuration: Configuration) -> ServicePlan {
    var plan = ServicePlan(.monitoring())
    plan.front = { parts in
      let lags = ConsumerLags()
      return ServicePlan.Front(parts.engine) {
        repeat {
          Offload.run { lags.measure(parts.engine) }
        } while (try? await Task.sleep(for: lagInterval)) != nil
      } metrics: {
        ConsumerMetrics(lags).write(to: &$0)
      }
    }
    return plan
  }

  /// How often refused attempts whose minute is over are written.
  private static let attemptInterval = Duration.seconds(1)

  @Sendable
  private static func gateway(_ configuration: Configuration) -> ServicePlan {
    var plan = ServicePlan(.gateway(demoClock: configuration.isDemo))
    plan.door = { parts in
      let gateway = try await Gateway(
        engine: parts.engine,
        settings: settings(parts.configuration)
      )
      let exchange = issuersExchange(gateway, parts.configuration)
      return ServicePlan.Front(
        DoorEndpoint(gateway, parts.health),
        watches: watches(gateway),
        exchanges: [exchange]
      ) {
        await withDiscardingTaskGroup { group in
          group.addTask { await gateway.run() }
          while (try? await Task.sleep(for: attemptInterval)) != nil { gateway.step() }
          gateway.step(all: true)
          group.cancelAll()
        }
      } metrics: {
        DoorMetrics(gateway).write(to: &$0)
      }
    }
    return plan
  }

  /// What keeps the door's cache true.
  private static func watches(_ gateway: Gateway) -> [HeadWatch] {
    guard gateway.settings.limits.cache > 0 else { return [] }
    let watch = HeadWatch(of: "catalogue") { head, isFirst in
      gateway.cache.hear(
        head: head,
        isFirst: isFirst,
        now: gateway.engine.surroundings.realNow()
      )
    }
    return [watch]
  }

  /// Takes the issuers' keys anew, and signs passes anew when the gateway has another key.
  private static func issuersExchange(
    _ gateway: Gateway,
    _ configuration: Configuration
  ) -> FileExchange {
    let keys = KeyFolder(path: configuration.keysFolder)
    return FileExchange(
      name: "issuers' keys",
      files: { [configuration.tokenKeysFile, keys.signingFile(of: Keyring.gateway)] },
      take: { try await gateway.reload(issuers(configuration)) }
    )
  }

  private static func issuers(
    _ configuration: Configuration
  ) throws -> [GatewaySettings.Issuer] {
    let keys = try String(contentsOfFile: configuration.tokenKeysFile, encoding: .utf8)
    return [.init(name: configuration.tokenIssuer, jwks: keys)]
  }

  private static func settings(_ configuration: Configuration) throws -> GatewaySettings {
    var limits = GatewaySettings.Limits()
    limits.perSource = CallRate(perSecond: configuration.callsPerSource)
    limits.perSubject = CallRate(perSecond: configuration.callsPerSubject)
    limits.cache = configuration.cacheBytes
    limits.body = configuration.bodyBytes
    return try GatewaySettings(
      defaultHall: configuration.hall,
      issuers: issuers(configuration),
      audiences: configuration.tokenAudiences,
      demoClock: configuration.isDemo,
      limits: limits
    )
  }
}
