internal import Service

/// What the gateway's entries do here.
enum FollowingGateway {
  static let effects: Effects = {
    var effects = Effects(of: "gateway")
    effects.raiseBypasses()
    return effects
  }()
}
