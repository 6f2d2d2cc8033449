package import Messages
internal import Service

extension CalendarHandlers {
  /// Checks calendar revisions and keeps them as a draft.
  package func importCalendar(
    _ request: CatalogueV1.ImportCalendarRequest,
    _ call: Writing
  ) throws -> CatalogueV1.ImportCalendarResponse {
    let file = request.file ?? CatalogueV1.CalendarFile()
    let (inForce, version) = try call.reading.calendarInForce()
    let check = CalendarCheck(request, inForce: inForce)
    guard check.violations.isEmpty else { throw Refusal.invalid(check.violations) }
    var response = CatalogueV1.ImportCalendarResponse(
      newRevisions: UInt32(check.new.count),
      years: (inForce.revisions + check.new).coveredYears
    )
    if request.dryRun { return response }
    response.importId = try call.keepImport(.calendar, file, base: [version])
    return response
  }
}

extension [CatalogueV1.CalendarRevision] {
  /// The years that some revision covers, ascending.
  var coveredYears: [Int32] { Set(flatMap(\.years)).sorted() }
}
