package import Messages
internal import Service

extension CatalogueHandlers {
  /// The posts with their A and B, of one department or all.
  package func listPosts(
    _ request: CatalogueV1.ListPostsRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ListPostsResponse {
    let code = request.departmentCode
    let posts = try call.published(CatalogueV1.Post.self)
      .filter { code.isEmpty || $0.departmentCode == code }
    return CatalogueV1.ListPostsResponse(posts: posts)
  }
}
