internal import Messages
internal import Service

/// A method that can be reached from outside.
struct Route: Sendable {
  /// The method.
  let method: MethodInfo
  /// The service that answers it, for example `intake`.
  let upstream: String
  /// The roles that may call it.
  let roles: Set<AccessV1.Role>

  /// Whether anybody may call it.
  var isPublic: Bool { roles.contains(.public) }
  /// Whether the door keeps its answers.
  var isCached: Bool { isPublic && CachedMethods.kept.contains(method.path) }
  /// Whether it answers with a stream.
  var isStream: Bool { method.kind == .stream }
}

/// Where paths lead.
///
/// - Source: docs/rules/door.md, D3: no rule, no route.
struct Routes: Sendable {
  /// Where one path leads.
  enum Destination {
    /// To a method.
    case method(Route)
    /// To a material with this digest.
    case material(String)
    /// To a service that has no such method.
    case unimplemented
    /// Nowhere.
    case nowhere
  }

  private let byPath: [String: Route]
  private let known: Set<String>
  private let closed: Set<String>

  init(_ methods: [MethodInfo], of services: Set<String> = Gateway.services) {
    var byPath: [String: Route] = [:]
    var known: Set<String> = []
    var closed: Set<String> = []
    for method in methods {
      // `onedoor.intake.v1.IntakeService` is answered by `intake`.
      let parts = method.service.split(separator: ".")
      let service = parts.count > 1 ? String(parts[1]) : ""
      let roles = Set(method.access?.roles ?? []).subtracting([.service])
      guard services.contains(service), !roles.isEmpty else {
        closed.insert(method.path)
        continue
      }
      known.insert(method.service)
      byPath[method.path] = Route(method: method, upstream: service, roles: roles)
    }
    self.byPath = byPath
    self.known = known
    self.closed = closed
  }

  /// All paths of methods.
  var paths: [String] { byPath.keys.sorted() }

  /// Where a path leads, whatever its query.
  func destination(of path: String) -> Destination {
    if let route = byPath[path] { return .method(route) }
    let bare = String(path.prefix { $0 != "?" })
    if let route = byPath[bare] { return .method(route) }
    if bare.hasPrefix(MaterialsAccess.prefix) {
      return MaterialsAccess.digest(of: bare).map(Destination.material) ?? .nowhere
    }
    let parts = bare.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, known.contains(String(parts[1])),
      !closed.contains(bare)
    else { return .nowhere }
    return .unimplemented
  }
}
