internal import HTTP2

/// Where a host and a port are.
package struct Address: Sendable, Hashable {
  /// The name or the number of the host.
  package var host: String
  /// The port; 0 asks for any free one when a server binds it.
  package var port: Int

  /// Creates an address.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// A port of this machine that no other machine reaches.
  package static func loopback(_ port: Int = 0) -> Self {
    Self(host: "127.0.0.1", port: port)
  }
}

/// The services that a door forwards to, by name.
package struct Upstreams: Sendable {
  /// The address of each service.
  package var addresses: [String: Address]
  /// By what the connections to a service are secured; those to others are in plaintext.
  package var secured: [String: Secured]

  /// Creates the list.
  package init(_ addresses: [String: Address] = [:], secured: [String: Secured] = [:]) {
    self.addresses = addresses
    self.secured = secured
  }
}

/// What a door lets itself do towards a service.
enum UpstreamLimits {
  /// The number of calls that one event loop has open at one service.
  static let calls = 4_096
  /// How long a connection may take to come up.
  static let connectTimeout = Duration.seconds(1)
  /// How long the one repetition of a failed attempt waits, in milliseconds.
  static let pauseBeforeRetry: Int64 = 50
  /// The longest answer that is changed by a transcoder as a whole, in bytes.
  static let transcodedAnswer = 64 << 20
  /// The longest envelope of a stream that is changed by a transcoder, in bytes.
  static let transcodedEnvelope = 16 << 20
}
