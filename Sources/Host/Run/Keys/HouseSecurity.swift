internal import Foundation
internal import Kernel
internal import Service

/// The TLS of one process: of its inner port, of its calls and of its door.
package struct HouseSecurity: Sendable {
  /// Why a configuration would let strangers read along.
  package enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The door would listen in plaintext outside loopback.
    case plaintextDoor(Address)

    package var description: String {
      switch self {
      case .plaintextDoor(let address):
        "listen.door \(address) is outside loopback: set listen.tls, or door.plaintext=anywhere"
      }
    }
  }

  /// A certificate that ends within this time is warned of.
  ///
  /// - Unit: seconds.
  static let warning: Int64 = 30 * 86_400

  /// That of the inner port; nil if it is in plaintext.
  package let inner: Security?
  /// That of calls to other services; nil if none is secured.
  package let caller: Security?
  /// That of the door; nil if there is none by TLS.
  package let door: Security?

  private let configuration: Configuration
  private let keys: KeyFolder
  private let service: String

  /// Reads what a service needs, and makes the door's certificate if that is its own.
  ///
  /// - Throws: ``KeyFolder/Fault``, ``SecurityFault`` or ``Fault``.
  package init(of service: String, hasDoor: Bool, _ configuration: Configuration) throws {
    let keys = KeyFolder(path: configuration.keysFolder)
    self.service = service
    self.configuration = configuration
    self.keys = keys
    let peers = Set(ConfigurationKey.services + KeyFolder.toolNames)
    inner =
      configuration.isListeningSecured(service)
      ? try Security(.inner(peers: peers), keys.identity(of: service)) : nil
    caller = try Self.caller(as: [service], configuration)
    guard hasDoor else {
      door = nil
      return
    }
    if let plain = configuration.door, !plain.isLoopback, !configuration.isPlaintextDoorAllowed {
      throw Fault.plaintextDoor(plain)
    }
    guard configuration.tlsDoor != nil else {
      door = nil
      return
    }
    if configuration.isCertificateSelfMade {
      try keys.makeDoor(in: "\(configuration.dataFolder)/door", configuration.tlsNames)
    }
    door = try Security(
      .door(configuration.tlsMinimum),
      Self.doorIdentity(keys, configuration)
    )
  }

  /// By what a service is called; nil if that is in plaintext.
  package func secured(_ service: String) -> Secured? {
    guard let caller, configuration.isCallingSecured(service) else { return nil }
    return Secured(caller, name: ServiceName(service).certified)
  }

  /// By what an operator's command calls a service; nil if that is in plaintext.
  ///
  /// It shows the operator's certificate, or that of the service itself where only this is there.
  ///
  /// - Throws: ``KeyFolder/Fault`` or ``SecurityFault``.
  package static func secured(
    _ service: String,
    _ configuration: Configuration
  ) throws -> Secured? {
    guard configuration.isCallingSecured(service),
      let caller = try caller(as: [KeyFolder.operatorName, service], configuration)
    else { return nil }
    return Secured(caller, name: ServiceName(service).certified)
  }

  private static func caller(
    as names: [String],
    _ configuration: Configuration
  ) throws -> Security? {
    guard ConfigurationKey.services.contains(where: configuration.isCallingSecured) else {
      return nil
    }
    let keys = KeyFolder(path: configuration.keysFolder)
    var fault: (any Error)?
    for name in names {
      do {
        return try Security(.caller, keys.identity(of: name))
      } catch {
        fault = fault ?? error
      }
    }
    throw fault ?? KeyFolder.Fault.missing(path: keys.path)
  }

  private static func doorIdentity(
    _ keys: KeyFolder,
    _ configuration: Configuration
  ) throws -> Identity {
    try keys.demandSecrecy(configuration.tlsKeyFile)
    return Identity(
      certificates: try keys.content(configuration.tlsCertificateFile),
      key: try keys.content(configuration.tlsKeyFile)
    )
  }
}

// What is exchanged while the process runs

extension HouseSecurity {
  /// The files that the process was started with, and how each is taken anew.
  func exchanges(_ keyring: Keyring) -> [FileExchange] {
    var all = [
      FileExchange(
        name: "signing keys",
        files: { keys.signingFiles(of: service) },
        take: { try keyring.replace(with: keys.keys(of: service)) }
      )
    ]
    let own = [inner, caller].compactMap { $0 }
    if !own.isEmpty {
      all.append(
        FileExchange(
          name: Doctor.CertificateEnd.Kind.inner.rawValue,
          files: { [keys.privateFile(service, "tls.pem"), keys.authoritiesFile] },
          take: { try Self.replace(own, keys.identity(of: service)) },
          end: { try Security.end(of: keys.identity(of: service).certificates) }
        )
      )
    }
    if let door {
      all.append(
        FileExchange(
          name: Doctor.CertificateEnd.Kind.door.rawValue,
          files: { [configuration.tlsCertificateFile, configuration.tlsKeyFile] },
          take: { try Self.replace([door], Self.doorIdentity(keys, configuration)) },
          end: { try Security.end(of: keys.content(configuration.tlsCertificateFile)) }
        )
      )
    }
    return all
  }

  private static func replace(_ all: [Security], _ identity: Identity) throws {
    let now = Instant.realNow.unixMilliseconds / 1_000
    for security in all { try security.replace(with: identity, now: now) }
  }
}

extension KeyFolder {
  /// The files that a service's keyring is read from.
  func signingFiles(of service: String) -> [String] {
    [signingFile(of: service)]
      + [publicFolder, retiredFolder].flatMap { folder in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".pub") }.sorted().map { "\(folder)/\($0)" }
      }
  }

  /// Makes a door's own certificate in a folder, unless one is there that holds for a while.
  func makeDoor(in folder: String, _ names: [String], now: Instant = .realNow) throws {
    let certificate = "\(folder)/certificate.pem"
    let key = "\(folder)/key.pem"
    let soon = now.unixMilliseconds / 1_000 + HouseSecurity.warning
    if let bytes = FileManager.default.contents(atPath: certificate),
      FileManager.default.fileExists(atPath: key),
      let end = try? Security.end(of: Array(bytes)), end > soon
    {
      return
    }
    let made = try CertifiedKey.door(names: names, now: now)
    try write(made.own.keyText, to: key)
    try write(made.chain, to: certificate, mode: 0o644)
  }
}
