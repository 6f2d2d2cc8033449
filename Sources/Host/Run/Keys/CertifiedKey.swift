internal import Crypto
internal import Foundation
internal import Glibc
internal import Kernel
internal import Storage
internal import SwiftASN1
internal import X509

/// A certificate with its private key: EC on the curve P-256, signed with SHA-256.
///
/// As a file it is one PEM text, the key first, so that both are exchanged in one step.
struct CertifiedKey: Sendable {
  /// How long an authority is valid, in days.
  static let authorityDays = 3_650
  /// How long what it issues is valid, in days.
  ///
  /// - Source: CA/Browser Forum, Baseline Requirements, 6.3.2, which browsers hold all to.
  static let issuedDays = 397
  /// How much earlier a certificate is valid than it was made, for clocks that are slow.
  private static let slack = TimeInterval(300)

  let key: P256.Signing.PrivateKey
  let certificate: Certificate

  /// Reads the text of a file.
  init(pem: String) throws {
    key = try P256.Signing.PrivateKey(pemRepresentation: Self.block("PRIVATE KEY", of: pem))
    certificate = try Certificate(pemEncoded: Self.block("CERTIFICATE", of: pem))
  }

  private init(key: P256.Signing.PrivateKey, certificate: Certificate) {
    self.key = key
    self.certificate = certificate
  }

  /// The private key in PKCS #8.
  var keyText: String { key.pemRepresentation + "\n" }

  /// The certificate.
  var certificateText: String {
    get throws { try certificate.serializeAsPEM().pemString + "\n" }
  }

  /// The text of a file.
  var text: String { get throws { try keyText + certificateText } }

  /// When the certificate ends, in seconds since 1970.
  var end: Int64 { Int64(certificate.notValidAfter.timeIntervalSince1970) }

  /// Makes an authority that signs itself.
  static func authority(now: Instant) throws -> Self {
    let key = P256.Signing.PrivateKey()
    let publicKey = Certificate.PrivateKey(key).publicKey
    let hash = SHA256.hash(data: key.publicKey.rawRepresentation)
    let mark = Hexadecimal.text(Array(hash.prefix(4)))
    let name = try DistinguishedName { CommonName("OneDoor authority \(mark)") }
    let extensions = try Certificate.Extensions {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
      Critical(KeyUsage(keyCertSign: true, cRLSign: true))
      SubjectKeyIdentifier(hash: publicKey)
    }
    return try make(key, name, days: authorityDays, now, extensions, signedBy: (name, key))
  }

  /// Issues a certificate by which a service both serves and calls.
  func issue(to service: ServiceName, now: Instant) throws -> Self {
    try issue(
      named: service.certified,
      [.dnsName(service.certified)],
      [.serverAuth, .clientAuth],
      now
    )
  }

  private func issue(
    named name: String,
    _ hosts: [GeneralName],
    _ uses: [ExtendedKeyUsage.Usage],
    _ now: Instant
  ) throws -> Self {
    let key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName(name) }
    let authority = Certificate.PrivateKey(self.key).publicKey
    let extensions = try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      try ExtendedKeyUsage(uses)
      SubjectAlternativeNames(hosts)
      AuthorityKeyIdentifier(
        keyIdentifier: SubjectKeyIdentifier(hash: authority).keyIdentifier
      )
    }
    return try Self.make(
      key,
      name,
      days: Self.issuedDays,
      now,
      extensions,
      signedBy: (certificate.subject, self.key)
    )
  }

  /// Makes a certificate for a door, which callers reach under some names and numbers, and an
  /// authority for it whose key is thrown away.
  ///
  /// Some clients believe no certificate that signed itself, even if they are told to.
  static func door(names: [String], now: Instant) throws -> (own: Self, chain: String) {
    let authority = try authority(now: now)
    let own = try authority.issue(
      named: "OneDoor",
      names.map { GeneralName(host: $0) },
      [.serverAuth],
      now
    )
    return (own, try own.certificateText + authority.certificateText)
  }

  private static func make(
    _ key: P256.Signing.PrivateKey,
    _ subject: DistinguishedName,
    days: Int,
    _ now: Instant,
    _ extensions: Certificate.Extensions,
    signedBy issuer: (name: DistinguishedName, key: P256.Signing.PrivateKey)
  ) throws -> Self {
    let start = Date(timeIntervalSince1970: TimeInterval(now.unixMilliseconds / 1_000)) - slack
    let certificate = try Certificate(
      version: .v3,
      serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PrivateKey(key).publicKey,
      notValidBefore: start,
      notValidAfter: start + TimeInterval(days * 86_400),
      issuer: issuer.name,
      subject: subject,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: extensions,
      issuerPrivateKey: Certificate.PrivateKey(issuer.key)
    )
    return Self(key: key, certificate: certificate)
  }

  private static func block(_ kind: String, of pem: String) throws -> String {
    let documents = try PEMDocument.parseMultiple(pemString: pem)
    guard let found = documents.first(where: { $0.discriminator == kind }) else {
      throw KeyFolder.Fault.malformed(path: kind)
    }
    return found.pemString
  }
}

extension GeneralName {
  /// The name or the number of a host.
  init(host: String) {
    if let bytes = Self.bytes(of: host) {
      self = .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    } else {
      self = .dnsName(host)
    }
  }

  private static func bytes(of host: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, host, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
