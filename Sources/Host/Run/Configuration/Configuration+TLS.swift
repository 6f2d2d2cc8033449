internal import Foundation

extension Configuration {
  /// What connections between services are secured for.
  package enum InnerTLS: String, Sendable {
    /// Where an address is outside loopback.
    case outside
    case always
    /// Nowhere: whoever reaches an inner port can read all and call.
    case never
  }

  /// What connections between services are secured for.
  package var innerTLS: InnerTLS { InnerTLS(rawValue: required("inner.tls")) ?? .outside }

  /// Whether the door may listen in plaintext outside loopback.
  package var isPlaintextDoorAllowed: Bool { required("door.plaintext") == "anywhere" }

  /// Whether the gateway believes the tokens that the key of trying out signs, which lies there.
  package var isBelievingDemoTokens: Bool {
    text("tokens.jwks") == nil
      && FileManager.default.fileExists(atPath: "\(keysFolder)/private/tokens.key")
  }

  /// The oldest version of TLS at the door.
  package var tlsMinimum: Security.Version {
    Security.Version(rawValue: required("tls.minimum")) ?? .tls12
  }

  /// The hosts in a self-made certificate of the door.
  package var tlsNames: [String] { required("tls.names").split(separator: ",").map(String.init) }

  /// The file of the door's certificate chain.
  package var tlsCertificateFile: String {
    text("tls.certificate") ?? "\(dataFolder)/door/certificate.pem"
  }

  /// The file of the door's private key.
  package var tlsKeyFile: String { text("tls.key") ?? "\(dataFolder)/door/key.pem" }

  /// Whether the door's certificate is made by the program itself.
  package var isCertificateSelfMade: Bool {
    text("tls.certificate") == nil && text("tls.key") == nil
  }

  /// Whether a service listens by mutual TLS on its inner port.
  package func isListeningSecured(_ service: String) -> Bool {
    switch innerTLS {
    case .always: true
    case .never: false
    case .outside: !listening(service).isLoopback
    }
  }

  /// Whether a service is called by mutual TLS.
  package func isCallingSecured(_ service: String) -> Bool {
    switch innerTLS {
    case .always: true
    case .never: false
    case .outside: !address(service).isLoopback || !listening(service).isLoopback
    }
  }
}

extension Address {
  /// Whether only this machine reaches it.
  package var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.") && !host.contains { $0.isLetter }
  }
}
