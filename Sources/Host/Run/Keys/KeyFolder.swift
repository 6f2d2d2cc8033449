internal import Foundation
internal import Messages
package import Service

/// The keys on the disk, laid out so that a service can be given what is its own and no more.
///
///     public/<kid>.pub               verifies what the key of that id signs; for all
///     public/retired/<kid>.pub       verifies old admissions alone; for all
///     public/authorities.pem         whose certificates the house believes; for all
///     private/<service>/sign.key     signs passes, admissions, calls to feeds
///     private/<service>/seal.key     seals personal columns
///     private/<service>/tls.pem      certificate and key towards the other services
///     private/operator/tls.pem       certificate and key of an operator's tools
///     private/watch/tls.pem          certificate and key of what reads health and metrics alone
///     authority/ca.pem               issues certificates; for no service
///
/// What is secret is readable by its owner only. A `.key` or `.pub` is one line of base64 of 32
/// bytes. The id of a service's first key is the service's name, that of the next `<service>.2`.
package struct KeyFolder: Sendable, Hashable {
  /// Why a key could not be had.
  package enum Fault: Error, Sendable, Hashable {
    /// There is no such file.
    case missing(path: String)
    /// The file is not one line of base64 of 32 bytes, or not the PEM that it should be.
    case malformed(path: String)
    /// Others than the owner may read a secret.
    case exposed(path: String)
    /// The file could not be read or written.
    case file(path: String, detail: String)
    /// The public half of the key that a service signs with is not in `public`.
    case unpublished(service: String)
    /// A step of a rotation comes before the others can have seen the step before.
    case early(path: String, seconds: Int64)
  }

  /// Whose certificate an operator's own tools show at inner ports.
  package static let operatorName = Keyring.operatorName

  /// Who has a certificate for inner ports and no other key: an operator's tools, and what watches.
  package static let toolNames = [operatorName, Keyring.watchName]

  /// Where the keys lie.
  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// The keyring of a service: its own signing key and the public keys of all that are there.
  ///
  /// - Throws: ``Fault``.
  package func keyring(of service: String) throws -> Keyring {
    try Keyring(service: service, keys: keys(of: service))
  }

  /// The keys of a service's keyring.
  ///
  /// - Throws: ``Fault``.
  package func keys(of service: String) throws -> Keyring.Keys {
    let keys = Keyring.Keys(
      signing: try secret(privateFile(service, "sign.key")),
      publicKeys: try publicKeys(in: publicFolder),
      retired: (try? publicKeys(in: retiredFolder)) ?? [:]
    )
    guard keys.signingID(of: service) != nil else { throw Fault.unpublished(service: service) }
    return keys
  }

  /// The seal of a service's store.
  ///
  /// - Throws: ``Fault``.
  package func seal(of service: String) throws -> Seal {
    Seal(key: try secret(privateFile(service, "seal.key")))
  }

  /// The certificate and key of a service, and whose certificates it believes.
  ///
  /// - Throws: ``Fault``.
  package func identity(of service: String) throws -> Identity {
    let file = privateFile(service, "tls.pem")
    try demandSecrecy(file)
    let own = try content(file)
    return Identity(certificates: own, key: own, roots: try content(authoritiesFile))
  }

  /// The file of the key that a service signs with.
  package func signingFile(of service: String) -> String { privateFile(service, "sign.key") }

  /// A secret of 32 bytes under another name, for example the signing key of demo tokens.
  ///
  /// - Throws: ``Fault``.
  package func secret(named name: String) throws -> [UInt8] { try secret(otherFile(name)) }

  /// The public keys of a folder by their id.
  func publicKeys(in folder: String) throws -> [String: [UInt8]] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Fault.missing(path: folder)
    }
    var keys: [String: [UInt8]] = [:]
    for name in names where name.hasSuffix(".pub") {
      keys[String(name.dropLast(4))] = try bytes("\(folder)/\(name)")
    }
    return keys
  }
}

// Paths and files

extension KeyFolder {
  var publicFolder: String { "\(path)/public" }
  var retiredFolder: String { "\(path)/public/retired" }
  var authoritiesFile: String { "\(path)/public/authorities.pem" }
  var authorityFile: String { "\(path)/authority/ca.pem" }
  var nextAuthorityFile: String { "\(path)/authority/next.pem" }

  func publicFile(_ keyID: String) -> String { "\(publicFolder)/\(keyID).pub" }
  func privateFile(_ service: String, _ name: String) -> String {
    "\(path)/private/\(service)/\(name)"
  }
  func otherFile(_ name: String) -> String { "\(path)/private/\(name).key" }

  /// The 32 bytes of a file that only its owner may read.
  func secret(_ file: String) throws -> [UInt8] {
    try demandSecrecy(file)
    return try bytes(file)
  }

  func demandSecrecy(_ file: String) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file)
    if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
      throw Fault.exposed(path: file)
    }
  }

  func content(_ file: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Fault.missing(path: file)
    }
    return Array(data)
  }

  private func bytes(_ file: String) throws -> [UInt8] {
    let line = String(decoding: try content(file), as: UTF8.self)
      .trimmingPrefix { $0.isWhitespace }
      .prefix { !$0.isWhitespace }
    guard let bytes = Base64.decode(String(line)), bytes.count == 32 else {
      throw Fault.malformed(path: file)
    }
    return bytes
  }
}
