internal import Storage

/// All rows in the order of their keys, for a check of the whole store.
enum PageQueries {
  static let applications = """
    SELECT \(ApplicationRow.columns) FROM application WHERE id > ? ORDER BY id LIMIT ?
    """

  static let uploads = """
    SELECT hall, owner, sha256, size, media_type, uploaded_at FROM upload
    WHERE (sha256, hall, owner) > (?, ?, ?) ORDER BY sha256, hall, owner LIMIT ?
    """

  static let upload = "SELECT size FROM upload WHERE hall = ? AND owner = ? AND sha256 = ?"

  static let attached = """
    SELECT application_id, position, hall, sha256, size FROM material
    WHERE (application_id, position) > (?, ?) AND sha256 <> ''
    ORDER BY application_id, position LIMIT ?
    """

  static let number = "SELECT number FROM application WHERE id = ?"
}

/// What a row of an attached file says of the file.
struct AttachedFile: Sendable {
  var application: Int64
  var position: Int64
  var hall: String
  var sha256: String
  /// In bytes.
  var size: Int64
}

extension Snapshot {
  /// Applications of all halls behind the store's own number.
  func applicationPage(after mark: [Value], limit: Int) throws -> [ApplicationRow] {
    try rows(PageQueries.applications, mark + [Value(limit)], ApplicationRow.init)
  }

  /// Uploads of all halls behind a mark of hash, hall and owner.
  func uploadPage(after mark: [Value], limit: Int) throws -> [UploadRow] {
    try rows(PageQueries.uploads, mark + [Value(limit)], UploadRow.init)
  }

  /// Whether an upload is still spoken of.
  func isKept(_ upload: UploadRow) throws -> Bool {
    let key: [Value] = [.text(upload.hall), .text(upload.owner), .text(upload.sha256)]
    return try first(PageQueries.upload, key) { _ in true } ?? false
  }

  /// Attached files of all halls behind a mark of application and position.
  func attachedPage(after mark: [Value], limit: Int) throws -> [AttachedFile] {
    try rows(PageQueries.attached, mark + [Value(limit)]) { row in
      AttachedFile(
        application: row.integer(0),
        position: row.integer(1),
        hall: row.text(2),
        sha256: row.text(3),
        size: row.integer(4)
      )
    }
  }

  /// The number of an application by the store's own number.
  func number(ofApplication id: Int64) throws -> String? {
    try first(PageQueries.number, [.integer(id)]) { $0.text(0) }
  }
}
