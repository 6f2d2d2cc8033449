internal import Messages
internal import Service

extension CatalogueCheck.InForce {
  /// What is in force in the hall of the call.
  init(_ reading: Reading) throws {
    departments = Set(try reading.published(CatalogueV1.Department.self).map(\.code))
    for post in try reading.published(CatalogueV1.Post.self) {
      departmentOfPost[post.code] = post.departmentCode
      roleOfPost[post.code] = post.role
    }
    hasItem = { try reading.snapshot.versionInForce(hall: reading.call.hall, code: $0) != nil }
    wasRetired = { try reading.reference(CatalogueV1.RetiredItem.self, $0) != nil }
  }
}

extension CatalogueCheck {
  /// Checks what is to be brought in against what is in force in the hall of the call.
  init(_ request: CatalogueV1.ImportCatalogueRequest, _ reading: Reading) throws {
    try self.init(
      request.file ?? CatalogueV1.CatalogueFile(),
      inForce: .init(reading),
      today: reading.call.today
    )
  }
}

extension CalendarCheck {
  /// Checks what is to be brought in against what is in force.
  init(_ request: CatalogueV1.ImportCalendarRequest, inForce: CatalogueV1.CalendarFile) {
    self.init(request.file ?? CatalogueV1.CalendarFile(), inForce: inForce)
  }
}
