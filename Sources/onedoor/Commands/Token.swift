internal import ArgumentParser
internal import Host
internal import Kernel

/// Signs a token for trying out.
struct Token: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign a token (JWT) with the demo key of a data folder.",
    discussion: """
      EXAMPLE
        curl -H "Authorization: Bearer $(onedoor token --role clerk --post W01)" ...
      """
  )

  @Option(help: "A role, for example clerk or catalogue_editor. May be repeated.")
  var role: [String]

  @Option(help: "A post that the bearer holds. May be repeated.")
  var post: [String] = []

  @Option(help: "Who the bearer is.")
  var subject: String?

  @Option(help: "The bearer's name.")
  var name: String?

  @Option(help: "A hall in which the bearer may act. May be repeated.")
  var hall: [String] = [DemoDefaults.hall]

  @Option(help: "How long it is valid, in seconds.")
  var ttl: Int64 = 3_600

  @Option(help: "The data folder of `up`.")
  var data = "data"

  func validate() throws {
    guard !role.isEmpty else { throw ValidationError("--role is needed") }
    guard (1...31_536_000).contains(ttl) else {
      throw ValidationError("--ttl must be 1 to 31536000")
    }
  }

  func run() async throws {
    try await Failure.exiting {
      let token = DemoToken(
        subject: subject ?? "demo-\(role[0])",
        name: name ?? subject ?? role[0],
        roles: role,
        halls: hall,
        posts: post,
        lifetime: ttl
      )
      try Output.line(try token.signed(by: KeyFolder(path: "\(data)/keys"), now: .realNow))
    }
  }
}
