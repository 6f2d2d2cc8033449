internal import Foundation
internal import Messages
package import Service

/// The keys on the disk: signing, public and sealing keys of the services.
///
/// `private/<service>.key` and `seal/<service>.key` are readable by their owner only;
/// `public/<service>.pub` may be handed out. Each file is one line of base64 of 32 bytes.
package struct KeyFolder: Sendable, Hashable {
  /// Why a key could not be had.
  package enum Fault: Error, Sendable, Hashable {
    /// There is no such file.
    case missing(path: String)
    /// The file is not one line of base64 of 32 bytes.
    case malformed(path: String)
    /// Others than the owner may read a secret.
    case exposed(path: String)
    /// The file could not be read or written.
    case file(path: String, detail: String)
  }

  /// Where the keys lie.
  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// Makes the keys that are missing; those that are there stay.
  ///
  /// - Parameters:
  ///   - services: Whose keys.
  ///   - randomBytes: The source of the secrets.
  /// - Returns: The paths of the files that were made.
  /// - Throws: ``Fault``.
  @discardableResult
  package func makeMissing(
    for services: [String],
    randomBytes: (Int) -> [UInt8]
  ) throws -> [String] {
    var made: [String] = []
    for service in services {
      if try make(privateFile(service), randomBytes(32)) { made.append(privateFile(service)) }
      if try make(sealFile(service), randomBytes(32)) { made.append(sealFile(service)) }
      let key = try Keyring.publicKey(of: secret(privateFile(service)))
      if try make(publicFile(service), key, mode: 0o644) { made.append(publicFile(service)) }
    }
    return made
  }

  /// The keyring of a service: its own signing key and the public keys of all that are there.
  ///
  /// - Throws: ``Fault``.
  package func keyring(of service: String) throws -> Keyring {
    var publicKeys: [String: [UInt8]] = [:]
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/public")
    } catch {
      throw Fault.missing(path: "\(path)/public")
    }
    for name in names where name.hasSuffix(".pub") {
      publicKeys[String(name.dropLast(4))] = try bytes("\(path)/public/\(name)")
    }
    return try Keyring(
      service: service,
      privateKey: secret(privateFile(service)),
      publicKeys: publicKeys
    )
  }

  /// The seal of a service's store.
  ///
  /// - Throws: ``Fault``.
  package func seal(of service: String) throws -> Seal {
    Seal(key: try secret(sealFile(service)))
  }

  /// A secret of 32 bytes under another name, for example the signing key of demo tokens.
  ///
  /// - Throws: ``Fault``.
  package func secret(named name: String) throws -> [UInt8] { try secret(privateFile(name)) }

  private func privateFile(_ service: String) -> String { "\(path)/private/\(service).key" }
  private func publicFile(_ service: String) -> String { "\(path)/public/\(service).pub" }
  private func sealFile(_ service: String) -> String { "\(path)/seal/\(service).key" }
}

extension KeyFolder {
  /// Makes a secret of 32 bytes under another name, unless it is there.
  ///
  /// - Returns: Whether it was made.
  /// - Throws: ``Fault``.
  @discardableResult
  package func makeSecret(named name: String, randomBytes: (Int) -> [UInt8]) throws -> Bool {
    try make(privateFile(name), randomBytes(32))
  }

  private func make(_ file: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> Bool {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: file) else { return false }
    let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    do {
      try manager.createDirectory(
        atPath: folder,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: mode == 0o600 ? 0o700 : 0o755]
      )
    } catch {
      throw Fault.file(path: folder, detail: error.localizedDescription)
    }
    let line = Data((Base64.encode(bytes, padded: true) + "\n").utf8)
    // The mode is given when the file is made, so that a secret is never open to others.
    guard
      manager.createFile(atPath: file, contents: line, attributes: [.posixPermissions: mode])
    else { throw Fault.file(path: file, detail: "cannot be written") }
    return true
  }

  private func secret(_ file: String) throws -> [UInt8] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file)
    if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
      throw Fault.exposed(path: file)
    }
    return try bytes(file)
  }

  private func bytes(_ file: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Fault.missing(path: file)
    }
    let line = String(decoding: data, as: UTF8.self).trimmingPrefix { $0.isWhitespace }
      .prefix { !$0.isWhitespace }
    guard let bytes = Base64.decode(String(line)), bytes.count == 32 else {
      throw Fault.malformed(path: file)
    }
    return bytes
  }
}
