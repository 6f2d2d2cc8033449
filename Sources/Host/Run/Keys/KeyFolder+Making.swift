internal import Foundation
package import Kernel
internal import Messages
internal import Service

extension KeyFolder {
  /// Makes the keys that are missing; those that are there stay.
  ///
  /// Keys that lie as the first versions laid them out are moved to their place.
  ///
  /// - Parameters:
  ///   - services: Whose keys.
  ///   - now: The beginning of new certificates.
  ///   - randomBytes: The source of the secrets.
  /// - Returns: The paths of the files that were made.
  /// - Throws: ``Fault``.
  @discardableResult
  package func makeMissing(
    for services: [String],
    now: Instant = .realNow,
    randomBytes: (Int) -> [UInt8]
  ) throws -> [String] {
    var made: [String] = []
    func make(_ file: String, _ mode: Int = 0o600, _ content: () throws -> String) throws {
      guard !FileManager.default.fileExists(atPath: file) else { return }
      try write(content(), to: file, mode: mode)
      made.append(file)
    }
    try make(authorityFile) { try CertifiedKey.authority(now: now).text }
    let authority = try certified(authorityFile)
    try make(authoritiesFile, 0o644) { try authority.certificateText }
    for service in services {
      try move(otherFile(service), to: privateFile(service, "sign.key"))
      try move("\(path)/seal/\(service).key", to: privateFile(service, "seal.key"))
      try make(privateFile(service, "sign.key")) { line(randomBytes(32)) }
      try make(privateFile(service, "seal.key")) { line(randomBytes(32)) }
      let key = try Keyring.publicKey(of: secret(privateFile(service, "sign.key")))
      if try !publicKeysIfAny.values.contains(key) {
        try make(publicFile(service), 0o644) { line(key) }
      }
    }
    for name in services + Self.toolNames {
      try make(privateFile(name, "tls.pem")) {
        try authority.issue(to: ServiceName(name), now: now).text
      }
    }
    return made
  }

  private var publicKeysIfAny: [String: [UInt8]] {
    get throws {
      guard FileManager.default.fileExists(atPath: publicFolder) else { return [:] }
      return try publicKeys(in: publicFolder)
    }
  }

  /// Makes a secret of 32 bytes under another name, unless it is there.
  ///
  /// - Returns: Whether it was made.
  /// - Throws: ``Fault``.
  @discardableResult
  package func makeSecret(named name: String, randomBytes: (Int) -> [UInt8]) throws -> Bool {
    let file = otherFile(name)
    guard !FileManager.default.fileExists(atPath: file) else { return false }
    try write(line(randomBytes(32)), to: file)
    return true
  }

  /// The content of a file of one key.
  func line(_ bytes: [UInt8]) -> String { Base64.encode(bytes, padded: true) + "\n" }

  /// The certificate and key of a file.
  func certified(_ file: String) throws -> CertifiedKey {
    try demandSecrecy(file)
    let text = String(decoding: try content(file), as: UTF8.self)
    do {
      return try CertifiedKey(pem: text)
    } catch {
      throw Fault.malformed(path: file)
    }
  }

  /// Writes a file in one step, so that nobody ever reads half of it.
  func write(_ text: String, to file: String, mode: Int = 0o600) throws {
    let manager = FileManager.default
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
    let draft = "\(file).new"
    // A draft that a crash left behind may have another mode.
    try? manager.removeItem(atPath: draft)
    // The mode is given when the file is made, so that a secret is never open to others.
    guard
      manager.createFile(
        atPath: draft,
        contents: Data(text.utf8),
        attributes: [.posixPermissions: mode]
      ), rename(draft, file) == 0
    else { throw Fault.file(path: file, detail: "cannot be written") }
  }

  /// Moves a file, if it is there and its new place is free.
  private func move(_ old: String, to new: String) throws {
    let manager = FileManager.default
    guard manager.fileExists(atPath: old), !manager.fileExists(atPath: new) else { return }
    let folder = String(new[..<(new.lastIndex(of: "/") ?? new.startIndex)])
    do {
      try manager.createDirectory(
        atPath: folder,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
      try manager.moveItem(atPath: old, toPath: new)
    } catch {
      throw Fault.file(path: old, detail: error.localizedDescription)
    }
  }
}
