package import Messages
internal import Service

extension CatalogueHandlers {
  /// The items that were cut.
  package func listRetired(
    _ request: CatalogueV1.ListRetiredRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ListRetiredResponse {
    let paging = try Paging(request.page, parts: 1)
    let items = try call.published(
      CatalogueV1.RetiredItem.self,
      after: paging.mark?[0] ?? "",
      limit: paging.size + 1
    )
    let page = paging.cut(items) { [$0.code] }
    return CatalogueV1.ListRetiredResponse(items: page.entries, nextPageToken: page.next)
  }
}
