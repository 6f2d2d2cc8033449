internal import Connect
package import Law
package import Messages
internal import Storage

/// What a service keeps of the catalogue, by following its feed.
///
/// The messages stand in the store's one reference table; four services follow the catalogue and
/// all do it with these effects.
extension Effects {
  /// Follows the catalogue: departments, posts, windows, items and the calendar.
  package static let catalogue: Effects = {
    var effects = Effects(of: "catalogue")
    effects.on(CatalogueV1.DepartmentPublished.self) { event, _, writing in
      try writing.keep(event.department, id: event.department?.code)
    }
    effects.on(CatalogueV1.PostPublished.self) { event, _, writing in
      try writing.keep(event.post, id: event.post?.code)
    }
    effects.on(CatalogueV1.WindowPublished.self) { event, _, writing in
      try writing.keep(event.window, id: event.window?.code)
    }
    effects.on(CatalogueV1.ItemPublished.self) { event, _, writing in
      try writing.keep(
        event.item,
        id: event.item?.item?.code,
        version: event.item?.version ?? 0
      )
    }
    effects.on(CatalogueV1.ItemRetired.self) { event, _, writing in
      try writing.keep(event.item, id: event.item?.code)
    }
    effects.on(CatalogueV1.CalendarPublished.self) { event, _, writing in
      try writing.keep(event.file, id: "", version: event.version)
    }
    return effects
  }()
}

extension Writing {
  /// Keeps a version of a thing that another service owns.
  package func keep<M: Message>(_ message: M?, id: String?, version: Int64 = 0) throws {
    guard let message, let id else { return }
    try transaction.saveReference(
      Reference(
        hall: call.hall,
        kind: M.fullName,
        id: id,
        version: version,
        message: message.encode()
      )
    )
  }
}

/// A version of an item as it is kept: a class, since to copy an item counts dozens of references.
package final class KeptItem: Sendable {
  /// What the catalogue published.
  package let published: CatalogueV1.ItemVersion

  init(_ published: CatalogueV1.ItemVersion) {
    self.published = published
  }
}

extension Reading {
  /// A thing that another service owns, in a version or the latest; nil if there is none.
  package func reference<M: Message>(
    _ type: M.Type,
    _ id: String,
    version: Int64? = nil
  ) throws -> M? {
    try snapshot.decoded(hall: call.hall, kind: M.fullName, id: id, version: version) {
      try M.decode($0)
    }
  }

  /// An item in a version, or as it is in force now; nil if there is none, or none any more.
  package func item(_ code: String, version: Int64? = nil) throws -> KeptItem? {
    if version == nil, try reference(CatalogueV1.RetiredItem.self, code) != nil { return nil }
    return try snapshot.decoded(
      hall: call.hall,
      kind: CatalogueV1.ItemVersion.fullName,
      id: code,
      version: version
    ) { KeptItem(try CatalogueV1.ItemVersion.decode($0)) }
  }

  /// A department; nil if the catalogue has none of that code.
  package func department(_ code: String) throws -> CatalogueV1.Department? {
    try reference(CatalogueV1.Department.self, code)
  }

  /// A post; nil if the catalogue has none of that code.
  package func post(_ code: String) throws -> CatalogueV1.Post? {
    try reference(CatalogueV1.Post.self, code)
  }

  /// What the hall's work calendar is kept as.
  static var calendarKind: String { CatalogueV1.CalendarFile.fullName }

  /// The hall's work calendar, as it is now or in a version.
  ///
  /// - Throws: ``Refusal`` `CALENDAR_MISSING` if none was published: nothing is counted by guess.
  package func calendar(version: Int64? = nil) throws -> WorkCalendar {
    let calendar: WorkCalendar? = try snapshot.decoded(
      hall: call.hall,
      kind: Self.calendarKind,
      id: "",
      version: version
    ) { try WorkCalendar(CatalogueV1.CalendarFile.decode($0)) }
    guard let calendar else { throw Refusal.calendarMissing }
    return calendar
  }
}

extension Engine {
  /// Whether the hall's work calendar is kept here, by following who publishes it.
  package var followsCalendar: Bool {
    definition.follows.contains { $0.effects[CatalogueV1.CalendarPublished.fullName] != nil }
  }
}

extension Refusal {
  /// No calendar was published for the hall.
  package static let calendarMissing = Self(
    .failedPrecondition,
    "CALENDAR_MISSING",
    rule: "T1",
    zh: "本大厅尚未发布工作日历，无法计算期限",
    en: "No work calendar has been published for the hall, so no term can be counted"
  )
}
