internal import Messages
package import Service

/// The catalogue room: departments, posts with their A and B, windows, items with all their
/// versions, cut items and the work calendar. It follows nobody; everybody follows it.
///
/// CatalogueService
/// - ImportCatalogue: checks a file, tells all faults at once and keeps it as a draft
/// - Publish: puts an import into force, by a second person
/// - ListItems, GetItem: the items in force, searched in Chinese; an item in a version
/// - ListRetired, ListDepartments, ListPosts, ListWindows: the rest of what was published
///
/// CalendarService
/// - ImportCalendar: checks revisions and keeps them as a draft
/// - GetCalendar: the revisions in force
/// - ExplainDay, ComputeDue: whether days are worked and why; the last day of a term
extension Definition {
  /// The catalogue.
  package static func catalogue() -> Definition {
    var definition = Definition(name: "catalogue", migrations: CatalogueSchema.migrations)
    CatalogueHandlers().register(in: &definition.registry)
    CalendarHandlers().register(in: &definition.registry)
    definition.registry.check(CatalogueV1.CatalogueService.importCatalogue) { request, reading in
      try CatalogueCheck(request, reading).violations
    }
    definition.registry.check(CatalogueV1.CalendarService.importCalendar) { request, reading in
      try CalendarCheck(request, inForce: reading.calendarInForce().file).violations
    }
    return definition
  }
}

/// Answers CatalogueService; one file an RPC in `Handlers/`.
package struct CatalogueHandlers: CatalogueServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  package init() {}
}

/// Answers CalendarService; one file an RPC in `Handlers/`.
package struct CalendarHandlers: CalendarServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  package init() {}
}
