internal import Catalogue
internal import Host
internal import Service

/// The services that this program can run, by name, in the order in which `up` starts them.
///
/// A service is one line here: its definition, and for intake what takes materials and for the
/// gateway its door.
enum Services {
  /// How each service is run.
  static let plans: [(name: String, plan: @Sendable () -> ServicePlan)] = [
    ("catalogue", { ServicePlan(.catalogue()) })
  ]

  /// The names, in order.
  static var names: [String] { plans.map(\.name) }

  /// How a service is run; nil if there is none of that name.
  static func plan(_ name: String) -> ServicePlan? {
    plans.first { $0.name == name }?.plan()
  }
}
