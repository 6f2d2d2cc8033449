/// Something that an operator may set, in the file or by an environment variable.
package struct ConfigurationKey: Sendable, Hashable {
  /// What values a key takes.
  package enum Kind: Sendable, Hashable {
    /// Any text that is not empty.
    case text
    /// So many digits.
    case digits(Int)
    /// A path of a file or folder.
    case path
    /// `host:port`.
    case place
    /// `host:port`, or `none`.
    case placeOrNone
    /// Names or numbers of hosts, with commas between them.
    case hosts
    /// A whole number within a range.
    case number(ClosedRange<Int64>)
    /// One of a few words.
    case word([String])
  }

  /// The name, its parts by dots: the members of nested objects in the file.
  package let name: String
  /// What values it takes.
  package let kind: Kind
  /// What holds if nobody sets it; nil if the key may stay unset.
  package let fallback: String?
  /// What it is for, with its unit.
  package let purpose: String
  /// Whether `config print` hides the value.
  package let isSecret: Bool

  init(
    _ name: String,
    _ kind: Kind,
    or fallback: String?,
    isSecret: Bool = false,
    _ purpose: String
  ) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.isSecret = isSecret
    self.purpose = purpose
  }

  /// The environment variable: `ONEDOOR_` and the name in capitals with `_` for `.` and `-`.
  package var variable: String {
    "ONEDOOR_"
      + String(name.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
  }
}

extension ConfigurationKey {
  /// The six services, in the order of their ports.
  package static let services = [
    "catalogue", "intake", "approval", "queueing", "monitoring", "gateway",
  ]

  /// The first inner port; each service has the next one.
  package static let firstPort = 18_081

  /// All keys, in the order in which they are printed.
  package static let all: [Self] = general + sockets + tls + access + limits

  private static let general: [Self] = [
    Self("data", .path, or: "data", "folder of the stores, the demo clock and the materials"),
    Self("keys", .path, or: nil, "folder of the keys; `keys` in the data folder if unset"),
    Self(
      "hall",
      .digits(6),
      or: "370212",
      "hall of calls that name none: the code of its region, the head of each case number"
    ),
    Self("clock", .path, or: nil, "file of the demo clock; unset for the real clock"),
    Self("log.level", .word(["debug", "info", "warning", "error"]), or: "info", "least level"),
    Self("log.calls", .word(["all", "failed", "none"]), or: "failed", "which calls get a line"),
  ]

  private static let sockets: [Self] =
    services.enumerated().flatMap { index, service in
      [
        Self(
          "listen.\(service)",
          .place,
          or: "127.0.0.1:\(firstPort + index)",
          "where \(service) listens for the house"
        ),
        Self(
          "address.\(service)",
          .place,
          or: nil,
          "where the others reach \(service); where it listens if unset"
        ),
      ]
    } + [
      Self(
        "listen.door",
        .placeOrNone,
        or: "127.0.0.1:8080",
        "where the gateway listens for all in plaintext, or none"
      ),
      Self(
        "door.plaintext",
        .word(["loopback", "anywhere"]),
        or: "loopback",
        "where `listen.door` may be; anywhere for one behind a TLS proxy"
      ),
      Self("loops", .number(0...256), or: "0", "event loops; 0 for one a core"),
    ]

  private static let tls: [Self] = [
    Self(
      "listen.tls",
      .placeOrNone,
      or: "none",
      "where the gateway listens for all by TLS, or none"
    ),
    Self("tls.certificate", .path, or: nil, "PEM file of the door's certificate chain; self-made"),
    Self("tls.key", .path, or: nil, "PEM file of the door's private key"),
    Self(
      "tls.names",
      .hosts,
      or: "localhost,127.0.0.1,::1",
      "names and numbers of the host in a self-made certificate"
    ),
    Self("tls.minimum", .word(["1.2", "1.3"]), or: "1.2", "oldest version of TLS at the door"),
    Self(
      "inner.tls",
      .word(["outside", "always", "never"]),
      or: "outside",
      "mutual TLS between services: outside loopback, always, or never"
    ),
  ]

  private static let access: [Self] = [
    Self("tokens.jwks", .path, or: nil, "file of the issuers' keys (JWKS); `jwks.json` in `keys`"),
    Self("tokens.issuer", .text, or: "onedoor", "the only issuer whose tokens count"),
    Self(
      "tokens.audience",
      .text,
      or: "onedoor",
      "who this house is in a token's `aud`; several with commas between them"
    ),
  ]

  private static let limits: [Self] = [
    Self("queue", .number(1...1_000_000), or: "4096", "calls that may wait for the writer"),
    Self("batch.calls", .number(1...10_000), or: "256", "calls in one transaction at most"),
    Self("batch.timers", .number(1...1_000), or: "100", "timers in one transaction at most"),
    Self("batch.entries", .number(1...1_000), or: "500", "followed entries in one transaction"),
    Self(
      "batch.gather",
      .number(0...1_000),
      or: "50",
      "milliseconds for which followed entries that come quickly are gathered into one transaction"
    ),
    Self("body", .number(1_024...8_388_608), or: "4194304", "bytes of a request at most"),
    Self(
      "refusals.window",
      .number(1_000...3_600_000),
      or: "60000",
      "milliseconds over which refused calls of one source are counted together"
    ),
    Self(
      "calls.source",
      .number(1...1_000_000),
      or: "100",
      "calls a second of one address without a token"
    ),
    Self(
      "calls.subject",
      .number(1...1_000_000),
      or: "100",
      "calls a second of one subject of a token"
    ),
    Self(
      "cache.bytes",
      .number(0...268_435_456),
      or: "4194304",
      "bytes of the catalogue's answers that the door keeps; 0 for none"
    ),
    Self(
      "connection.age",
      .number(0...2_592_000),
      or: "3600",
      "seconds after which a connection takes no new request; 0 for never"
    ),
    Self("stop.grace", .number(0...300_000), or: "10000", "milliseconds for calls to end at stop"),
    Self("stop.notice", .number(0...60_000), or: "0", "milliseconds between not-ready and closing"),
    Self(
      "backup.hold",
      .number(10...600_000),
      or: "10000",
      "milliseconds for which a backup may hold the followers before they go on by themselves"
    ),
    Self("demo", .word(["true", "false"]), or: "false", "say in answers that this is a demo"),
  ]
}
