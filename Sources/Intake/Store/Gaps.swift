package import Storage

/// The SQL of the gaps of a correction notice.
enum GapQueries {
  static let all = """
    SELECT material_code, demand, closed FROM gap WHERE application_id = ? ORDER BY position
    """

  static let insert = """
    INSERT INTO gap (application_id, position, hall, material_code, demand, closed)
    VALUES (?, ?, ?, ?, ?, 0)
    """

  static let close = "UPDATE gap SET closed = 1 WHERE application_id = ? AND position = ?"
}

extension Snapshot {
  /// The gaps of an application's notice; none if it never got one.
  package func correction(of application: Int64) throws -> Correction {
    Correction(
      gaps: try rows(GapQueries.all, [.integer(application)]) { row in
        Correction.Gap(
          materialCode: row.text(0),
          demand: row.text(1),
          isClosed: row.bool(2)
        )
      }
    )
  }
}

extension Transaction {
  /// Keeps the gaps of a new notice.
  package func insert(_ correction: Correction, of application: ApplicationRow) throws {
    for (position, gap) in correction.gaps.enumerated() {
      try execute(
        GapQueries.insert,
        [
          .integer(application.id), Value(position), .text(application.hall),
          .text(gap.materialCode), .text(gap.demand),
        ]
      )
    }
  }

  /// Keeps which gaps are closed.
  package func close(gapsOf correction: Correction, of application: ApplicationRow) throws {
    for (position, gap) in correction.gaps.enumerated() where gap.isClosed {
      try execute(GapQueries.close, [.integer(application.id), Value(position)])
    }
  }
}
