internal import Foundation
package import Kernel
internal import Messages
internal import Service

/// Exchanges keys in three steps, between which all that run see what is new.
///
/// Prepare: what is new is made, and its public half laid where all look. Activate: it is used from
/// now on, and the old secret is destroyed. Retire: what is old is no longer believed. Each step
/// may be repeated and does then what is left of it.
extension KeyFolder {
  /// How long after a key was published it may be used at the earliest, in seconds.
  ///
  /// A running service looks for new files each 2 s.
  package static let overlap: Int64 = 30

  /// How long after its last use a key must be believed, in seconds: the life of a pass and a
  /// minute for clocks that differ.
  package static let afterlife: Int64 = Pass.lifetime / 1_000 + 60

  /// Makes the next signing key of a service and publishes it.
  ///
  /// - Returns: The id of the next key.
  /// - Throws: ``Fault``.
  @discardableResult
  package func prepareSigning(of service: String, randomBytes: (Int) -> [UInt8]) throws -> String {
    let file = privateFile(service, "next.key")
    let known = try publicKeys(in: publicFolder)
    if FileManager.default.fileExists(atPath: file) {
      let key = try Keyring.publicKey(of: secret(file))
      if let id = known.first(where: { $0.value == key })?.key { return id }
    }
    let used = Set(known.keys).union((try? publicKeys(in: retiredFolder).keys.map { $0 }) ?? [])
    let numbers = used.filter { Keyring.service(of: $0) == service }
      .map { Int($0.dropFirst(service.count + 1)) ?? 1 }
    let id = "\(service).\((numbers.max() ?? 1) + 1)"
    let secret = randomBytes(32)
    try write(line(Keyring.publicKey(of: secret)), to: publicFile(id), mode: 0o644)
    try write(line(secret), to: file)
    return id
  }

  /// Lets a service sign with its next key; the last one's secret is gone.
  ///
  /// - Parameters:
  ///   - service: Whose key.
  ///   - now: The present.
  ///   - isEarly: Whether the others are known to have seen the key already.
  /// - Returns: The id of the key that is used now.
  /// - Throws: ``Fault``.
  @discardableResult
  package func activateSigning(
    of service: String,
    now: Instant,
    isEarly: Bool = false
  ) throws -> String {
    let next = privateFile(service, "next.key")
    let current = privateFile(service, "sign.key")
    if FileManager.default.fileExists(atPath: next) {
      let key = try Keyring.publicKey(of: secret(next))
      guard let id = try publicKeys(in: publicFolder).first(where: { $0.value == key })?.key else {
        throw Fault.unpublished(service: service)
      }
      if !isEarly { try demandAge(of: publicFile(id), Self.overlap, now) }
      // Written anew, so that the time of the file is that of its first use.
      try write(line(secret(next)), to: current)
      try? FileManager.default.removeItem(atPath: next)
    }
    guard let id = try keys(of: service).signingID(of: service) else {
      throw Fault.unpublished(service: service)
    }
    return id
  }

  /// Takes the public keys back that a service no longer signs with.
  ///
  /// Those of intake still verify the admissions that they signed, which followers read again.
  ///
  /// - Parameters:
  ///   - service: Whose keys.
  ///   - now: The present.
  ///   - isEarly: Whether passes of the old key need not be believed any more.
  /// - Returns: The ids of the keys that were taken back.
  /// - Throws: ``Fault``.
  @discardableResult
  package func retireSigning(
    of service: String,
    now: Instant,
    isEarly: Bool = false
  ) throws -> [String] {
    let kept = try ["sign.key", "next.key"].map { privateFile(service, $0) }
      .filter { FileManager.default.fileExists(atPath: $0) }
      .map { try Keyring.publicKey(of: secret($0)) }
    let old = try publicKeys(in: publicFolder)
      .filter { Keyring.service(of: $0.key) == service && !kept.contains($0.value) }
    guard !old.isEmpty else { return [] }
    if !isEarly { try demandAge(of: privateFile(service, "sign.key"), Self.afterlife, now) }
    for (id, key) in old {
      if service == Keyring.admitting {
        try write(line(key), to: "\(retiredFolder)/\(id).pub", mode: 0o644)
      }
      try remove(publicFile(id))
    }
    return old.keys.sorted()
  }

  private func remove(_ file: String) throws {
    do {
      try FileManager.default.removeItem(atPath: file)
    } catch {
      throw Fault.file(path: file, detail: error.localizedDescription)
    }
  }

  private func demandAge(of file: String, _ seconds: Int64, _ now: Instant) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file)
    guard let made = attributes?[.modificationDate] as? Date else {
      throw Fault.missing(path: file)
    }
    let age = now.unixMilliseconds / 1_000 - Int64(made.timeIntervalSince1970)
    guard age >= seconds else { throw Fault.early(path: file, seconds: seconds - age) }
  }
}

// Certificates

extension KeyFolder {
  /// Makes the next authority and lets all believe it beside the present one.
  ///
  /// - Throws: ``Fault``.
  package func prepareAuthority(now: Instant) throws {
    if !FileManager.default.fileExists(atPath: nextAuthorityFile) {
      try write(CertifiedKey.authority(now: now).text, to: nextAuthorityFile)
    }
    let both = try [authorityFile, nextAuthorityFile].map { try certified($0).certificateText }
    try write(both.joined(), to: authoritiesFile, mode: 0o644)
  }

  /// Issues all certificates anew by the next authority; the last one's secret is gone.
  ///
  /// - Throws: ``Fault``.
  package func activateAuthority(
    for services: [String],
    now: Instant,
    isEarly: Bool = false
  ) throws {
    guard FileManager.default.fileExists(atPath: nextAuthorityFile) else { return }
    if !isEarly { try demandAge(of: authoritiesFile, Self.overlap, now) }
    let next = try certified(nextAuthorityFile)
    for name in services + Self.toolNames {
      try write(next.issue(to: ServiceName(name), now: now).text, to: privateFile(name, "tls.pem"))
    }
    try write(next.text, to: authorityFile)
    try remove(nextAuthorityFile)
  }

  /// Believes the present authority alone.
  ///
  /// - Throws: ``Fault``.
  package func retireAuthority(now: Instant, isEarly: Bool = false) throws {
    guard !FileManager.default.fileExists(atPath: nextAuthorityFile) else { return }
    let text = try certified(authorityFile).certificateText
    guard try content(authoritiesFile) != Array(text.utf8) else { return }
    if !isEarly { try demandAge(of: authorityFile, Self.overlap, now) }
    try write(text, to: authoritiesFile, mode: 0o644)
  }

  /// Issues certificates anew that end soon, and those of tools that are missing.
  ///
  /// - Parameters:
  ///   - services: Whose certificates.
  ///   - days: How soon.
  ///   - now: The present.
  /// - Returns: The files that were exchanged.
  /// - Throws: ``Fault``.
  @discardableResult
  package func renewCertificates(
    for services: [String],
    endingWithin days: Int64,
    now: Instant
  ) throws -> [String] {
    let limit = now.unixMilliseconds / 1_000 + days * 86_400
    var renewed: [String] = []
    for name in services + Self.toolNames {
      let file = privateFile(name, "tls.pem")
      // Folders of the first versions have no certificate for watching.
      let isMade = FileManager.default.fileExists(atPath: file) || !Self.toolNames.contains(name)
      if isMade, try certified(file).end > limit { continue }
      let fresh = try certified(authorityFile).issue(to: ServiceName(name), now: now)
      try write(fresh.text, to: file)
      renewed.append(file)
    }
    return renewed
  }
}
