package import Kernel
package import Storage

/// A material attached to an application.
package struct MaterialRow: Sendable, Hashable {
  package var materialCode: String
  /// Empty for paper.
  package var sha256: String
  package var fileName: String
  package var mediaType: String
  /// In bytes.
  package var size: Int64
  package var attachedAt: Instant
  package var attachedBy: String
  /// Whether it came after the correction notice.
  package var answersNotice: Bool
}

/// The SQL of attached materials.
enum MaterialQueries {
  static let all = """
    SELECT material_code, sha256, file_name, media_type, size, attached_at, attached_by,
      answers_notice
    FROM material WHERE application_id = ? ORDER BY position
    """

  static let insert = """
    INSERT INTO material (application_id, position, hall, material_code, sha256, file_name,
      media_type, size, attached_at, attached_by, answers_notice)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
}

extension Snapshot {
  /// What is attached to an application, in the order in which it was.
  package func materials(of application: Int64) throws -> [MaterialRow] {
    try rows(MaterialQueries.all, [.integer(application)]) { row in
      MaterialRow(
        materialCode: row.text(0),
        sha256: row.text(1),
        fileName: row.text(2),
        mediaType: row.text(3),
        size: row.integer(4),
        attachedAt: row.instant(5),
        attachedBy: row.text(6),
        answersNotice: row.bool(7)
      )
    }
  }
}

extension Transaction {
  /// Attaches a material behind those that are there.
  package func insert(
    _ material: MaterialRow,
    at position: Int,
    of application: ApplicationRow
  ) throws {
    try execute(
      MaterialQueries.insert,
      [
        .integer(application.id), Value(position), .text(application.hall),
        .text(material.materialCode), .text(material.sha256), .text(material.fileName),
        .text(material.mediaType), .integer(material.size), Value(material.attachedAt),
        .text(material.attachedBy), Value(material.answersNotice),
      ]
    )
  }
}
