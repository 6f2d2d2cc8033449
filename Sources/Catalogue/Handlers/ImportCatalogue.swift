package import Messages
internal import Service
internal import Storage

extension CatalogueHandlers {
  /// Checks a catalogue, tells all faults at once and keeps it as a draft.
  package func importCatalogue(
    _ request: CatalogueV1.ImportCatalogueRequest,
    _ call: Writing
  ) throws -> CatalogueV1.ImportCatalogueResponse {
    let file = request.file ?? CatalogueV1.CatalogueFile()
    let check = try CatalogueCheck(request, call.reading)
    guard check.violations.isEmpty else { throw Refusal.invalid(check.violations) }
    var response = CatalogueV1.ImportCatalogueResponse(warnings: check.warnings.map(\.message))
    for item in file.items {
      switch try call.reading.itemInForce(item.code)?.item {
      case nil: response.newItems += 1
      case let before? where before.encode() == item.encode(): response.unchangedItems += 1
      case _?: response.changedItems += 1
      }
    }
    if request.dryRun { return response }
    let base = try file.publications(call.reading)
    response.importId = try call.keepImport(.catalogue, file, base: base)
    return response
  }
}

extension Writing {
  /// Keeps a file as a draft.
  ///
  /// - Parameters:
  ///   - kind: What it brings.
  ///   - file: The file.
  ///   - base: How often what it brings had been published.
  /// - Returns: Its id.
  /// - Throws: `StoreError`.
  func keepImport(
    _ kind: ImportRow.Kind,
    _ file: some Message,
    base: [Int64]
  ) throws -> String {
    let row = ImportRow(
      id: call.nextIdentifier(),
      kind: kind,
      importedBy: call.pass.subject,
      importedAt: call.now,
      message: file.encode(),
      base: base
    )
    try transaction.insertImport(row, hall: call.hall)
    return row.id
  }
}
