internal import ArgumentParser
internal import Host
internal import Kernel
internal import Messages

/// Calls a method through the gateway.
struct CallMethod: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "Call a method through the gateway with JSON.",
    discussion: """
      A stream is printed message by message, one JSON object a line, until it ends.

      EXAMPLES
        onedoor call CatalogueService/ListItems '{"query": "卫生"}'
        onedoor call --role clerk IntakeService/AcceptApplication @accept.json
        onedoor call --role consumer AlertService/FollowAlerts
      """
  )

  @OptionGroup var options: GatewayOptions

  @Option(help: "The key under which a repeated write is recognised; a fresh one if none is given.")
  var key: String?

  @Argument(help: "SERVICE/METHOD.")
  var method: String

  @Argument(help: "The request as JSON, @FILE, or - for standard input.")
  var json = "{}"

  func run() async throws {
    try await Failure.exiting {
      let method = try GatewayClient.method(method)
      let client = try options.client()
      let request = try Files.content(of: json)
      guard method.kind != .stream else {
        return try await client.stream(method, request) { try Output.line($0) }
      }
      let key = method.kind == .write ? key ?? Surroundings.system().nextIdentifier() : nil
      try Output.line(try await client.unary(method, request, key: key))
    }
  }
}
