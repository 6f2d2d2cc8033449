internal import Kernel
internal import Storage

/// What was brought in and waits to be published, or was.
struct ImportRow {
  /// What it brings.
  enum Kind: String {
    case catalogue
    case calendar
  }

  var id: String
  var kind: Kind
  var importedBy: String
  var importedAt: Instant
  /// The encoded file.
  var message: [UInt8]
  /// How often each thing of the file had been published when it was brought in, in the order of
  /// the file; for a calendar its version.
  ///
  /// Shorter or empty where nobody noted it: what is missing counts as never published.
  var base: [Int64]
  /// Who published it; nil until then.
  var publishedBy: String?
}

extension Snapshot {
  /// An import, or nil if there is none of that id.
  func catalogueImport(hall: String, id: String) throws -> ImportRow? {
    try first(
      """
      SELECT id, kind, imported_by, imported_at, message, base, published_by
      FROM catalogue_import
      WHERE hall = ? AND id = ?
      """,
      [.text(hall), .text(id)]
    ) { row in
      ImportRow(
        id: row.text(0),
        kind: row.text(1) == ImportRow.Kind.calendar.rawValue ? .calendar : .catalogue,
        importedBy: row.text(2),
        importedAt: row.instant(3),
        message: row.blob(4),
        base: row.text(5).split(separator: " ").compactMap { Int64($0) },
        publishedBy: row.optionalText(6)
      )
    }
  }
}

extension Transaction {
  /// Keeps what was brought in.
  func insertImport(_ row: ImportRow, hall: String) throws {
    try execute(
      """
      INSERT INTO catalogue_import (hall, id, kind, imported_by, imported_at, message, base)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(hall), .text(row.id), .text(row.kind.rawValue), .text(row.importedBy),
        Value(row.importedAt), .blob(row.message),
        .text(row.base.map(String.init).joined(separator: " ")),
      ]
    )
  }

  /// Says that an import was published.
  func markPublished(hall: String, id: String, by subject: String, at instant: Instant) throws {
    try execute(
      "UPDATE catalogue_import SET published_by = ?, published_at = ? WHERE hall = ? AND id = ?",
      [.text(subject), Value(instant), .text(hall), .text(id)]
    )
  }
}
