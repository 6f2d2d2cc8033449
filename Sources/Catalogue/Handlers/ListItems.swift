package import Messages
internal import Service

extension CatalogueHandlers {
  /// The items in force, filtered and searched.
  ///
  /// Two characters find a name, wherever they stand in it, and words in any order.
  ///
  /// - Source: docs/rules/catalogue.md, rule C22
  package func listItems(
    _ request: CatalogueV1.ListItemsRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ListItemsResponse {
    let paging = try Paging(request.page, parts: 1)
    let filter = ItemFilter(
      words: SearchText.words(request.query),
      departmentCode: request.departmentCode,
      caseType: request.caseType,
      subjectType: request.subjectType,
      theme: request.theme,
      level: request.level
    )
    let items = try call.snapshot.items(
      hall: call.call.hall,
      filter,
      after: paging.mark?[0] ?? "",
      limit: paging.size + 1
    )
    let page = paging.cut(items) { [$0.code] }
    return CatalogueV1.ListItemsResponse(items: page.entries, nextPageToken: page.next)
  }
}
