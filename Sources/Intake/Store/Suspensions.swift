package import Kernel
package import Storage

/// A special procedure of a case, as approval told of it.
package struct SuspensionRow: Sendable, Hashable {
  package var procedureID: String
  /// The number of the kind in the contract.
  package var kind: Int32
  package var startedOn: Day
  package var plannedEndOn: Day?
  package var endedOn: Day?
  package var stopsLegal: Bool
  package var stopsPromise: Bool
}

/// The SQL of special procedures.
enum SuspensionQueries {
  static let all = """
    SELECT procedure_id, kind, started_on, planned_end_on, ended_on, stops_legal, stops_promise
    FROM suspension WHERE application_id = ? ORDER BY procedure_id
    """

  static let save = """
    INSERT INTO suspension (application_id, procedure_id, hall, kind, started_on, planned_end_on,
      ended_on, stops_legal, stops_promise)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (application_id, procedure_id) DO UPDATE SET
      planned_end_on = excluded.planned_end_on, ended_on = excluded.ended_on
    """
}

extension Snapshot {
  /// The special procedures of a case.
  package func suspensions(of application: Int64) throws -> [SuspensionRow] {
    try rows(SuspensionQueries.all, [.integer(application)]) { row in
      SuspensionRow(
        procedureID: row.text(0),
        kind: Int32(truncatingIfNeeded: row.integer(1)),
        startedOn: row.day(2),
        plannedEndOn: row.optionalDay(3),
        endedOn: row.optionalDay(4),
        stopsLegal: row.bool(5),
        stopsPromise: row.bool(6)
      )
    }
  }
}

extension Transaction {
  /// Keeps a special procedure as it is now.
  package func save(_ suspension: SuspensionRow, of application: ApplicationRow) throws {
    try execute(
      SuspensionQueries.save,
      [
        .integer(application.id), .text(suspension.procedureID), .text(application.hall),
        .integer(Int64(suspension.kind)), Value(suspension.startedOn),
        Value(suspension.plannedEndOn), Value(suspension.endedOn),
        Value(suspension.stopsLegal), Value(suspension.stopsPromise),
      ]
    )
  }
}
