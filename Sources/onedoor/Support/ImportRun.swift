internal import ArgumentParser
internal import Host
internal import Kernel
internal import Messages

/// What both imports can be told.
struct ImportOptions: ParsableArguments {
  @Flag(help: "Only check; nothing is kept.")
  var dryRun = false

  @Option(help: "The token of the second person, who publishes at once; or @FILE.")
  var publishToken: String?

  @Option(help: "Sign the second person's token for this role with the demo key in --data.")
  var publishRole: String?

  /// Calls the import, then Publish as the second person if there is one; the answers are printed
  /// when both have been done.
  ///
  /// - Throws: ``Failure``.
  func run<Request: Message, Response: Message>(
    _ gateway: GatewayOptions,
    _ method: Method<Request, Response>,
    _ request: Request,
    id: (Response) -> String
  ) async throws {
    try await Output.after { lines in
      try await answers(gateway, method, request, id: id, &lines)
    }
  }

  private func answers<Request: Message, Response: Message>(
    _ gateway: GatewayOptions,
    _ method: Method<Request, Response>,
    _ request: Request,
    id: (Response) -> String,
    _ lines: inout [String]
  ) async throws {
    let surroundings = Surroundings.system()
    let bytes = try await gateway.client().unary(
      method.info,
      request.encodeJSON(),
      key: surroundings.nextIdentifier()
    )
    lines.append(String(decoding: bytes, as: UTF8.self))
    let importID = id(try Response.decode(json: bytes, .ofAnswers))
    guard !dryRun, publishToken != nil || publishRole != nil, !importID.isEmpty else { return }
    var second = gateway
    second.token = publishToken
    second.role = publishRole.map { [$0] } ?? []
    second.subject = nil
    let published = try await second.client().unary(
      CatalogueV1.CatalogueService.publish.info,
      CatalogueV1.PublishRequest(importId: importID).encodeJSON(),
      key: surroundings.nextIdentifier()
    )
    lines.append(String(decoding: published, as: UTF8.self))
  }
}
