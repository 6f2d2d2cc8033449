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
    itemOfPost = { try reading.itemOfPost($0, but: $1) }
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

extension Reading {
  /// Of each of some posts the first item in force, but for some items, that gives it a task.
  ///
  /// Goes through all items, so it is asked only where a post's holders stop handling.
  fileprivate func itemOfPost(
    _ posts: Set<String>,
    but brought: Set<String>
  ) throws -> [String: String] {
    var found: [String: String] = [:]
    var last = ""
    while found.count < posts.count {
      let page = try snapshot.items(hall: call.hall, ItemFilter(), after: last, limit: 500)
      guard let end = page.last?.code else { break }
      for code in page.map(\.code) where !brought.contains(code) {
        for stage in try itemInForce(code)?.item?.stages ?? [] {
          for task in stage.tasks where posts.contains(task.postCode) {
            found[task.postCode] = found[task.postCode] ?? code
          }
        }
      }
      last = end
    }
    return found
  }
}
