internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// By what one side of a connection shows who it is, and whom it believes.
package struct Identity: Sendable, Hashable {
  /// The certificates as PEM, this side's own first; empty if it shows none.
  package var certificates: [UInt8]
  /// The private key of the first certificate as PEM.
  package var key: [UInt8]
  /// The certificates that the other side's must come from, as PEM; nil for those of the system.
  package var roots: [UInt8]?

  /// Puts an identity together.
  package init(certificates: [UInt8] = [], key: [UInt8] = [], roots: [UInt8]? = nil) {
    self.certificates = certificates
    self.key = key
    self.roots = roots
  }
}

/// Why connections cannot be secured.
package enum SecurityFault: Error, Sendable, Hashable {
  /// A file holds no certificate or key that can be used.
  case malformed(String)
  /// The key is not that of the certificate, or the two cannot be used together.
  case mismatch(String)
  /// The certificate's time is over.
  case expired
}

/// The TLS of a server or of a client; its identity may be exchanged while connections live on.
///
/// - Source: RFC 8446, RFC 5246, RFC 7301; RFC 9113, section 9.2.
package final class Security: Sendable {
  /// The oldest version that is spoken.
  package enum Version: String, Sendable {
    case tls12 = "1.2"
    case tls13 = "1.3"
  }

  /// Which side it is.
  package enum Side: Sendable, Hashable {
    /// Serves strangers, who show no certificate.
    case door(Version)
    /// Serves those alone whose certificate comes from a root and names one of these.
    case inner(peers: Set<String>)
    /// Calls, and looks whether the certificate is that of the one who is called.
    case caller
  }

  /// Forward-secret and authenticated, so that none is on the list that HTTP/2 forbids.
  ///
  /// The suites of TLS 1.3 are fixed and all fit.
  /// - Source: RFC 9113, section 9.2.2 and appendix A.
  private static let suites: [NIOTLSCipher] = [
    .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
  ]

  /// How long the other side may take to say farewell.
  private static let farewell = TimeAmount.seconds(1)

  package let side: Side
  private let current: Mutex<NIOSSLContext>

  /// Makes the TLS of one side.
  ///
  /// - Throws: ``SecurityFault``.
  package init(_ side: Side, _ identity: Identity) throws(SecurityFault) {
    self.side = side
    current = Mutex(try Self.context(side, identity))
  }

  /// Lets new connections use another identity; those that are open keep theirs.
  ///
  /// - Parameters:
  ///   - identity: The new one.
  ///   - now: The present, in seconds since 1970.
  /// - Throws: ``SecurityFault``; the old identity stays then.
  package func replace(with identity: Identity, now: Int64) throws(SecurityFault) {
    if let end = try Self.end(of: identity.certificates), end < now { throw .expired }
    let context = try Self.context(side, identity)
    current.withLock { $0 = context }
  }

  var context: NIOSSLContext { current.withLock { $0 } }

  /// The end of the first certificate, in seconds since 1970; nil if there is none.
  package static func end(of certificates: [UInt8]) throws(SecurityFault) -> Int64? {
    guard !certificates.isEmpty else { return nil }
    return try Self.certificates(certificates).first.map { Int64($0.notValidAfter) }
  }

  private static func certificates(
    _ bytes: [UInt8]
  ) throws(SecurityFault) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMBytes(bytes)
    } catch {
      throw .malformed("no certificate in PEM")
    }
  }

  private static func context(
    _ side: Side,
    _ identity: Identity
  ) throws(SecurityFault) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2"]
    if side != .caller {
      configuration.applicationProtocols.append("http/1.1")
      configuration.certificateVerification = .none
    }
    if case .door(.tls13) = side { configuration.minimumTLSVersion = .tlsv13 }
    if case .inner = side {
      // Who must show a certificate; its name is looked at once the handshake is over.
      configuration.certificateVerification = .noHostnameVerification
      configuration.minimumTLSVersion = .tlsv13
    }
    configuration.cipherSuiteValues = suites
    configuration.shutdownTimeout = farewell
    if let roots = identity.roots {
      configuration.trustRoots = .certificates(try certificates(roots))
    }
    if !identity.certificates.isEmpty {
      configuration.certificateChain = try certificates(identity.certificates)
        .map { .certificate($0) }
      guard let key = try? NIOSSLPrivateKey(bytes: identity.key, format: .pem) else {
        throw .malformed("no private key in PEM")
      }
      configuration.privateKey = .privateKey(key)
    } else if side != .caller {
      throw .malformed("a server needs a certificate")
    }
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .mismatch("certificate and key do not fit: \(error)")
    }
  }
}

/// By what, and towards whom, a connection of our own is secured.
package struct Secured: Sendable {
  let security: Security
  /// The name that the other side's certificate must have; nil if it is the number of the host.
  let name: String?

  /// Says by what and towards whom: the name, or number, that the other's certificate must have.
  package init(_ security: Security, name: String) {
    self.security = security
    let isNumber = (try? SocketAddress(ipAddress: name, port: 0)) != nil
    self.name = isNumber ? nil : name
  }
}
