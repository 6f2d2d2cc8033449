internal import ArgumentParser
internal import Host

/// Asks a running service whether it is ready.
struct Healthcheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a running service whether it is ready.",
    discussion: "Exits with 0 if it is, with 69 if not. Made for a container's health check."
  )

  @OptionGroup var source: ConfigurationOptions

  @Argument(help: "The service.")
  var service: String

  @Flag(help: "Print each check.")
  var verbose = false

  func validate() throws {
    guard ConfigurationKey.services.contains(service) else {
      throw ValidationError("there is no service \(service)")
    }
  }

  func run() async throws {
    try await Failure.exiting {
      let client = try GatewayClient(inner: service, source.read())
      let answer = try await client.get("/readyz?verbose")
      let text = String(decoding: answer.body, as: UTF8.self)
      guard answer.status == 200 else { throw Failure(.unavailable, "\(service):\n\(text)") }
      if verbose { try Output.line(text) }
    }
  }
}
