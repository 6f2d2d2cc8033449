package import Messages
internal import Service

extension CalendarHandlers {
  /// The revisions in force, without their days; none if no calendar was published.
  package func getCalendar(
    _ request: CatalogueV1.GetCalendarRequest,
    _ call: Reading
  ) throws -> CatalogueV1.GetCalendarResponse {
    var revisions = try call.calendarInForce().file.revisions
    for index in revisions.indices { revisions[index].days = [] }
    return CatalogueV1.GetCalendarResponse(revisions: revisions, years: revisions.coveredYears)
  }
}
