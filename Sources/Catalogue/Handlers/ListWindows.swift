package import Messages
internal import Service

extension CatalogueHandlers {
  /// The windows of the hall.
  package func listWindows(
    _ request: CatalogueV1.ListWindowsRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ListWindowsResponse {
    CatalogueV1.ListWindowsResponse(windows: try call.published(CatalogueV1.Window.self))
  }
}
