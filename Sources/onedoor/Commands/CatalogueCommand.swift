internal import ArgumentParser
internal import Messages

/// Works on the catalogue.
struct CatalogueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalogue",
    abstract: "Bring departments, posts, windows and items in.",
    subcommands: [Import.self]
  )

  /// Brings catalogue files in.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Import catalogue files as one; all faults are told at once.",
      discussion: """
        EXAMPLE
          onedoor catalogue import departments.json items.json \\
            --role catalogue_editor --publish-role catalogue_approver
        """
    )

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var options: ImportOptions

    @Argument(help: "JSON files whose lists are put together.")
    var paths: [String]

    func run() async throws {
      try await Failure.exiting {
        try await options.run(
          gateway,
          CatalogueV1.CatalogueService.importCatalogue,
          CatalogueV1.ImportCatalogueRequest(
            file: try Self.merged(paths),
            dryRun: options.dryRun
          ),
          id: { $0.importId }
        )
      }
    }

    /// The files as one: messages in binary, one behind the other, are the merged message.
    ///
    /// - Source: protobuf.dev, "Encoding", "Last One Wins".
    private static func merged(_ paths: [String]) throws -> CatalogueV1.CatalogueFile {
      var bytes: [UInt8] = []
      for path in paths {
        do {
          bytes += try CatalogueV1.CatalogueFile.decode(json: Files.read(path)).encode()
        } catch let error as DecodeError {
          throw Failure(.invalid, "\(path): \(error.messageEn)")
        }
      }
      return try CatalogueV1.CatalogueFile.decode(bytes)
    }
  }
}
