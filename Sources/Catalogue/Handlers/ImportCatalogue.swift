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
    response.importId = try call.keepImport(.catalogue, file)
    return response
  }
}

extension Writing {
  /// Keeps a file as a draft.
  ///
  /// - Returns: Its id.
  func keepImport(_ kind: ImportRow.Kind, _ file: some Message) throws -> String {
    let row = ImportRow(
      id: call.nextIdentifier(),
      kind: kind,
      importedBy: call.pass.subject,
      importedAt: call.now,
      message: file.encode()
    )
    try transaction.insertImport(row, hall: call.hall)
    return row.id
  }
}
