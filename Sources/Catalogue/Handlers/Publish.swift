package import Messages
internal import Service
internal import Storage

extension CatalogueHandlers {
  /// Puts an import into force, by another person than the one who brought it in.
  ///
  /// - Source: docs/rules/catalogue.md, rules C20 and C21
  package func publish(
    _ request: CatalogueV1.PublishRequest,
    _ call: Writing
  ) throws -> CatalogueV1.PublishResponse {
    let id = request.importId
    guard let row = try call.transaction.catalogueImport(hall: call.call.hall, id: id) else {
      throw Refusal.notFound(id)
    }
    guard row.publishedBy == nil else { throw CatalogueRefusal.alreadyPublished(id) }
    guard row.importedBy != call.call.pass.subject else { throw CatalogueRefusal.samePerson(id) }
    let published =
      switch row.kind {
      case .catalogue: try publishCatalogue(.decode(row.message), row, call)
      case .calendar: try publishCalendar(.decode(row.message), row, call)
      }
    try call.transaction.markPublished(
      hall: call.call.hall,
      id: id,
      by: call.call.pass.subject,
      at: call.call.now
    )
    return CatalogueV1.PublishResponse(published: UInt32(published))
  }

  /// Publishes the revisions of a file that are not in force yet.
  ///
  /// - Returns: How many.
  /// - Source: docs/rules/catalogue.md, rule C25
  private func publishCalendar(
    _ file: CatalogueV1.CalendarFile,
    _ row: ImportRow,
    _ call: Writing
  ) throws -> Int {
    var (inForce, version) = try call.reading.calendarInForce()
    let isOutdated = version != row.base.first ?? 0
    let check = CalendarCheck(file, inForce: inForce, isOutdated: isOutdated)
    guard check.violations.isEmpty else {
      throw CatalogueRefusal.importOutdated(row.id, check.violations)
    }
    guard !check.new.isEmpty else { return 0 }
    inForce.revisions += check.new
    version += 1
    try call.keep(inForce, id: "", version: version)
    try call.publish(
      CatalogueV1.CalendarPublished(file: inForce, version: version),
      subject: "calendar"
    )
    return check.new.count
  }
}
