internal import ArgumentParser
internal import Host
internal import Kernel

/// Where the gateway is and who calls it.
struct GatewayOptions: ParsableArguments {
  @Option(help: "Where the gateway is: [http[s]://]HOST:PORT; 127.0.0.1:8080 if not said.")
  var gateway: String?

  @Option(help: "PEM file of the certificates that https is believed by; the system's if not said.")
  var cacert: String?

  @Option(help: ArgumentHelp("A token, or @FILE.", valueName: "token"))
  var token: String?

  @Option(help: "A portal's key, or @FILE.")
  var portalKey: String?

  @Option(help: "Sign a token for this role with the demo key in --data. May be repeated.")
  var role: [String] = []

  @Option(help: "The post in such a token. May be repeated.")
  var post: [String] = []

  @Option(help: "The subject of such a token.")
  var subject: String?

  @Option(help: "The hall to act in.")
  var hall: String?

  @Option(help: "The data folder of `up`, for its demo key.")
  var data = "data"

  /// The client that these options describe.
  func client() throws -> GatewayClient {
    let url = gateway ?? "127.0.0.1:8080"
    let place = url.drop(prefix: "http://").drop(prefix: "https://").drop { $0 == "/" }
    guard let address = Address(place) else {
      throw ValidationError("--gateway must be [http[s]://]HOST:PORT")
    }
    var fields: [(String, String)] = []
    if let token = try token.map(Files.text(of:)) ?? roleToken() {
      fields.append(("authorization", "Bearer \(token)"))
    }
    if let key = try portalKey.map(Files.text(of:)) { fields.append(("onedoor-portal-key", key)) }
    if let hall { fields.append(("onedoor-hall", hall)) }
    let secured = url.hasPrefix("https://") ? try secured(address.host) : nil
    return GatewayClient(address: address, fields: fields, secured: secured)
  }

  private func secured(_ host: String) throws -> Secured {
    let roots = try cacert.map { try Files.read($0) }
    do {
      return Secured(try Security(.caller, Identity(roots: roots)), name: host)
    } catch {
      throw Failure(.configuration, "\(cacert ?? "certificates"): \(error)")
    }
  }

  private func roleToken() throws -> String? {
    guard !role.isEmpty else { return nil }
    return try token(roles: role)
  }

  /// A token for some roles, signed with the demo key.
  func token(roles: [String]) throws -> String {
    let token = DemoToken(
      subject: subject ?? "demo-\(roles[0])",
      name: subject ?? roles[0],
      roles: roles,
      halls: [hall ?? DemoDefaults.hall],
      posts: post,
      lifetime: 3_600
    )
    return try token.signed(by: KeyFolder(path: "\(data)/keys"), now: .realNow)
  }
}

extension StringProtocol {
  /// The text without a beginning, if it begins so.
  fileprivate func drop(prefix: String) -> SubSequence {
    hasPrefix(prefix) ? dropFirst(prefix.count) : self[...]
  }
}

/// What the demo goes by where nothing else is said.
enum DemoDefaults {
  /// The demo's hall.
  static let hall = "370212"
}
