internal import Messages
internal import Service
internal import Storage

/// How many things of one kind a hall has at most: departments, posts or windows.
let mostOfAKind = 10_000

extension Reading {
  /// Things of a kind as they are now, ascending by code.
  func published<M: Message>(
    _ type: M.Type,
    after code: String = "",
    limit: Int = mostOfAKind
  ) throws -> [M] {
    try snapshot.references(hall: call.hall, kind: M.fullName, after: code, limit: limit)
      .map { try M.decode($0.message) }
  }

  /// The item in force; nil if there is none, or it was cut.
  func itemInForce(_ code: String) throws -> CatalogueV1.ItemVersion? {
    guard let version = try snapshot.versionInForce(hall: call.hall, code: code) else { return nil }
    return try item(code, version: version)?.published
  }

  /// The calendar in force as it was published, with its version; an empty one with 0 if none was.
  ///
  /// Read past the cache, which holds the same row as a calendar to count by.
  func calendarInForce() throws -> (file: CatalogueV1.CalendarFile, version: Int64) {
    let kind = CatalogueV1.CalendarFile.fullName
    guard let kept = try snapshot.reference(hall: call.hall, kind: kind, id: "") else {
      return (CatalogueV1.CalendarFile(), 0)
    }
    return (try CatalogueV1.CalendarFile.decode(kept.message), kept.version)
  }
}
