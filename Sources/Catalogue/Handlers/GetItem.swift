package import Messages
internal import Service

extension CatalogueHandlers {
  /// An item, as it is in force or in a version; versions of cut items stay readable.
  package func getItem(
    _ request: CatalogueV1.GetItemRequest,
    _ call: Reading
  ) throws -> CatalogueV1.GetItemResponse {
    let item =
      request.version == 0
      ? try call.itemInForce(request.code)
      : try call.item(request.code, version: request.version)?.published
    if let item { return CatalogueV1.GetItemResponse(item: item) }
    // A version that there never was is not there, whatever became of the item.
    let wasCut =
      try request.version == 0
      && call.reference(CatalogueV1.RetiredItem.self, request.code) != nil
    throw wasCut ? CatalogueRefusal.itemRetired(request.code).refusal : .notFound(request.code)
  }
}
