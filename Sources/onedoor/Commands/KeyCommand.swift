internal import ArgumentParser
internal import Host
internal import Kernel

/// Makes and exchanges keys.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make and exchange the keys and certificates of the six services.",
    subcommands: [Init.self, Rotate.self, Renew.self]
  )

  /// Makes the keys that are missing.
  struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the keys and certificates that a folder lacks; those it has stay.",
      discussion: """
        A service is given public/ and its own private/<service>/, no more. authority/ issues the
        certificates and is given to none. Keep all but public/ safe: without the seal of a service
        its personal data cannot be read any more.

        EXAMPLES
          onedoor key init /etc/onedoor/keys
          onedoor key init keys --demo-issuer issuers/jwks.json
        """
    )

    @Argument(help: "The folder.")
    var folder: String

    @Option(
      help: """
        For trying out: make the key by which `onedoor token` signs tokens of all roles too, and \
        this file (JWKS) by which the gateway believes them.
        """
    )
    var demoIssuer: String?

    func run() async throws {
      try await KeyCommand.using(folder) { keys in
        let randomBytes = Surroundings.system().randomBytes
        let made = try keys.makeMissing(
          for: ConfigurationKey.services,
          now: .realNow,
          randomBytes: randomBytes
        )
        if let demoIssuer {
          try DemoToken.makeKey(in: keys, file: demoIssuer, randomBytes: randomBytes)
        }
        for path in made { try Output.line(path) }
      }
    }
  }

  /// Exchanges keys in three steps.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Exchange signing keys or the authority in three steps, while all run.",
      discussion: """
        prepare makes what is new and publishes it; activate, 30 s later at the earliest, uses it;
        retire, later again, takes back what is old. Running services see each step within 2 s, or
        at SIGHUP. Where folders are copies on other machines, copy them between the steps.

        EXAMPLES
          onedoor key rotate prepare /etc/onedoor/keys
          onedoor key rotate activate /etc/onedoor/keys
          onedoor key rotate retire /etc/onedoor/keys
          onedoor key rotate prepare /etc/onedoor/keys --what authority
        """
    )

    /// The steps, in order.
    enum Step: String, ExpressibleByArgument, CaseIterable {
      case prepare
      case activate
      case retire
    }

    /// What is exchanged.
    enum What: String, ExpressibleByArgument, CaseIterable {
      case signing
      case authority
    }

    @Argument(help: "The step: prepare, activate or retire.")
    var step: Step

    @Argument(help: "The folder.")
    var folder: String

    @Option(help: "What is exchanged: signing or authority.")
    var what = What.signing

    @Option(help: "Only the signing key of this service. May be repeated.")
    var service: [String] = []

    @Flag(help: "Do not wait for the time after which all have seen the step before.")
    var early = false

    func validate() throws {
      for name in service where !ConfigurationKey.services.contains(name) {
        throw ValidationError("there is no service \(name)")
      }
    }

    func run() async throws {
      try await KeyCommand.using(folder) { keys in
        switch what {
        case .signing:
          try await Output.after { lines in
            for name in service.isEmpty ? ConfigurationKey.services : service {
              lines += try rotate(keys, name)
            }
          }
        case .authority: try rotateAuthority(keys)
        }
      }
    }

    /// Takes the step for one service.
    ///
    /// - Returns: The ids of the keys.
    private func rotate(_ keys: KeyFolder, _ service: String) throws -> [String] {
      let now = Instant.realNow
      switch step {
      case .prepare:
        let randomBytes = Surroundings.system().randomBytes
        return [try keys.prepareSigning(of: service, randomBytes: randomBytes)]
      case .activate:
        return [try keys.activateSigning(of: service, now: now, isEarly: early)]
      case .retire: return try keys.retireSigning(of: service, now: now, isEarly: early)
      }
    }

    private func rotateAuthority(_ keys: KeyFolder) throws {
      let now = Instant.realNow
      let services = ConfigurationKey.services
      switch step {
      case .prepare: try keys.prepareAuthority(now: now)
      case .activate: try keys.activateAuthority(for: services, now: now, isEarly: early)
      case .retire: try keys.retireAuthority(now: now, isEarly: early)
      }
    }
  }

  /// Issues certificates anew.
  struct Renew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Issue the services' certificates anew that end soon.",
      discussion: """
        EXAMPLE
          onedoor key renew /etc/onedoor/keys --within 60
        """
    )

    @Argument(help: "The folder.")
    var folder: String

    @Option(help: "How soon a certificate must end to be issued anew, in days.")
    var within: Int64 = 60

    func validate() throws {
      guard (0...3_650).contains(within) else { throw ValidationError("--within is 0 to 3650") }
    }

    func run() async throws {
      try await KeyCommand.using(folder) { keys in
        let services = ConfigurationKey.services
        let now = Instant.realNow
        for path in try keys.renewCertificates(for: services, endingWithin: within, now: now) {
          try Output.line(path)
        }
      }
    }
  }

  private static func using(_ folder: String, _ body: (KeyFolder) async throws -> Void) async throws
  {
    try await Failure.exiting {
      do {
        try await body(KeyFolder(path: folder))
      } catch KeyFolder.Fault.early(let path, let seconds) {
        throw Failure(.tryAgain, "\(path) is too young; in \(seconds) s, or with --early")
      } catch let error as KeyFolder.Fault {
        throw Failure(.configuration, "\(error)")
      }
    }
  }
}
