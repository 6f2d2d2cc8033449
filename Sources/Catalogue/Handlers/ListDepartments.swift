package import Messages
internal import Service

extension CatalogueHandlers {
  /// The departments of the hall.
  package func listDepartments(
    _ request: CatalogueV1.ListDepartmentsRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ListDepartmentsResponse {
    CatalogueV1.ListDepartmentsResponse(
      departments: try call.published(CatalogueV1.Department.self)
    )
  }
}
