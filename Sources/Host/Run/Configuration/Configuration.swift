internal import Messages
package import Service

/// What an operator set, read once and whole.
package struct Configuration: Sendable, Hashable {
  /// The environment variable that names the file.
  package static let fileVariable = "ONEDOOR_CONFIG"

  /// Which calls get a line in the log.
  package enum LoggedCalls: String, Sendable {
    case all
    case failed
    case none
  }

  private let values: [String: String]

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - file: The file's path and bytes; nil if there is none.
  ///   - environment: The environment; only names that begin with `ONEDOOR_` matter.
  /// - Throws: Every fault of both at once.
  package init(
    file: (path: String, bytes: [UInt8])?,
    environment: [String: String]
  ) throws(ConfigurationError) {
    var reader = ConfigurationReader()
    if let file { reader.take(file: file.path, file.bytes) }
    reader.take(environment: environment)
    guard reader.faults.isEmpty else { throw ConfigurationError(faults: reader.faults) }
    values = reader.values
  }

  /// The value of a key, whoever set it; nil if nobody did and it has no fallback.
  package func value(of key: ConfigurationKey) -> String? {
    values[key.name] ?? key.fallback
  }

  /// The value of a key that somebody set; nil if nobody did.
  package func setting(of key: ConfigurationKey) -> String? { values[key.name] }

  /// The values as `NAME=value` lines, secrets hidden, those that nobody set behind `#`.
  package var printed: String {
    ConfigurationKey.all.map { key in
      let shown = key.isSecret && values[key.name] != nil ? "(hidden)" : value(of: key) ?? ""
      return (values[key.name] == nil ? "# " : "") + "\(key.variable)=\(shown)"
    }
    .joined(separator: "\n")
  }

  func text(_ name: String) -> String? {
    values[name] ?? ConfigurationKey.all.first { $0.name == name }?.fallback
  }

  func required(_ name: String) -> String {
    guard let value = text(name) else { preconditionFailure("\(name) has a fallback.") }
    return value
  }

  private func number(_ name: String) -> Int64 {
    guard let number = Int64(required(name)) else { preconditionFailure("\(name) was checked.") }
    return number
  }

  private func place(_ name: String) -> Address {
    guard let place = Address(required(name)) else {
      preconditionFailure("\(name) was checked.")
    }
    return place
  }
}

extension Configuration {
  /// The folder of the stores.
  package var dataFolder: String { required("data") }

  /// The folder of the keys.
  package var keysFolder: String { text("keys") ?? "\(dataFolder)/keys" }

  /// The hall of calls that name none.
  package var hall: String { required("hall") }

  /// The file of the demo clock; nil for the real clock.
  package var clockFile: String? { text("clock") }

  /// Lines below it are not logged.
  package var logLevel: Log.Level { Log.Level(rawValue: required("log.level")) ?? .info }

  /// Which calls get a line in the log.
  package var loggedCalls: LoggedCalls { LoggedCalls(rawValue: required("log.calls")) ?? .failed }

  /// Whether answers say that this is a demonstration.
  package var isDemo: Bool { required("demo") == "true" }

  /// Where the gateway listens for all in plaintext; nil for nowhere.
  package var door: Address? { Address(required("listen.door")) }

  /// Where the gateway listens for all by TLS; nil for nowhere.
  package var tlsDoor: Address? { Address(required("listen.tls")) }

  /// Where a service listens for the house.
  package func listening(_ service: String) -> Address { place("listen.\(service)") }

  /// Where the others reach a service.
  package func address(_ service: String) -> Address {
    text("address.\(service)").flatMap { Address($0) } ?? listening(service)
  }

  /// How many event loops there are; 0 for one a core.
  package var loops: Int { Int(number("loops")) }

  /// The file of the issuers' keys.
  package var tokenKeysFile: String { text("tokens.jwks") ?? "\(keysFolder)/jwks.json" }

  /// The only issuer whose tokens count.
  package var tokenIssuer: String { required("tokens.issuer") }

  /// The names of this house in the claim `aud` of tokens.
  package var tokenAudiences: Set<String> {
    Set(required("tokens.audience").split { $0 == "," || $0 == " " }.map(String.init))
  }

  /// How many bytes the body of a call may have.
  package var bodyBytes: Int { Int(number("body")) }

  /// How many calls a second one address may make without a token.
  package var callsPerSource: Int { Int(number("calls.source")) }

  /// How many calls a second one subject of a token may make.
  package var callsPerSubject: Int { Int(number("calls.subject")) }

  /// How many bytes the answers that the door keeps may take; 0 for none.
  package var cacheBytes: Int { Int(number("cache.bytes")) }

  /// How old a connection may become; nil for any age.
  package var connectionAge: Duration? {
    let seconds = number("connection.age")
    return seconds == 0 ? nil : .seconds(seconds)
  }

  /// How long calls may take to end when the process stops.
  ///
  /// - Unit: milliseconds.
  package var stopGrace: Int64 { number("stop.grace") }

  /// How long a stopping process says that it is not ready before it closes.
  ///
  /// - Unit: milliseconds.
  package var stopNotice: Int64 { number("stop.notice") }

  /// How long a backup may hold the followers before they go on by themselves.
  ///
  /// - Unit: milliseconds.
  package var backupHold: Int64 { number("backup.hold") }

  /// The store of a service.
  package func storeFile(_ service: String) -> String { "\(dataFolder)/\(service).sqlite" }

  /// What is tuned in the engine.
  package var engineSettings: Engine.Settings {
    var settings = Engine.Settings()
    settings.queue = Int(number("queue"))
    settings.batch = Int(number("batch.calls"))
    settings.timers = Int(number("batch.timers"))
    settings.entries = Int(number("batch.entries"))
    settings.gather = number("batch.gather")
    settings.refusalWindow = number("refusals.window")
    settings.body = bodyBytes
    return settings
  }
}
