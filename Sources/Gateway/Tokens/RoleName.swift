internal import Messages

/// Roles as tokens and answers name them: in lower case without the prefix.
enum RoleName {
  private static let prefix = "ROLE_"

  private static let byText: [String: AccessV1.Role] = {
    var roles: [String: AccessV1.Role] = [:]
    for role in AccessV1.Role.allCases { if let name = text(of: role) { roles[name] = role } }
    return roles
  }()

  /// The name of a role, for example `hall_manager`; nil for one without a name.
  static func text(of role: AccessV1.Role) -> String? {
    role.protoName.map { $0.dropFirst(prefix.count).lowercased() }
  }

  /// The roles that a token may give.
  ///
  /// Names that are not known are passed over; nobody outside is ever a service (D7).
  static func roles(_ names: [String]) -> Set<AccessV1.Role> {
    let roles = Set(names.compactMap { byText[$0] }).subtracting([.service, .unspecified])
    return roles.isEmpty ? [.public] : roles
  }
}
