import Kernel
import Service
import Simulation
import Storage
import Testing

@testable import Monitoring

@Suite struct `Queries of lists` {
  private func plan(_ watch: Watch, _ sql: String, _ arguments: [Value]) throws -> String {
    try watch.room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN " + sql, arguments) { $0.text(3) }
        .joined(separator: "\n")
    }
  }

  @Test func `of clocks use an index for every combination of filters and sort nothing`() throws {
    let watch = try Watch()
    for light in [nil, Lamp.red] {
      for department in ["", "001"] {
        for watched in [nil, Watched.promise] {
          for mark in [nil, ClockFilter.Mark(due: 1, id: 1)] {
            for dueUntil in [nil, Day(epochDay: 20_000)] {
              let filter = ClockFilter(
                light: light,
                department: department,
                dueUntil: dueUntil,
                watched: watched
              )
              let (sql, arguments) = filter.query(hall: "H", after: mark, limit: 10)
              let plan = try plan(watch, sql, arguments)
              #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
              // Every condition but the last day is found by the index: nothing is looked at in
              // vain.
              let stretches = (light == nil ? 6 : 1) * (watched == nil ? 5 : 1)
              let equal = (department.isEmpty ? 3 : 4) * stretches
              let used = plan.ranges(of: "USING INDEX clock_open").count
              #expect(used == stretches, "\(plan)")
              #expect(plan.split(separator: "=?").count - 1 == equal, "\(plan)")
            }
          }
        }
      }
    }
  }

  @Test func `of a reader's lag counts in its index alone`() throws {
    let watch = try Watch()
    let arguments: [Value] = [.text("H"), .text("T"), .integer(1), .integer(9)]
    let plan = try plan(watch, AlertQueries.behind, arguments)
    let index = "USING COVERING INDEX feed_payload (hall=? AND payload_type=? AND position>?)"
    #expect(plan.contains(index), "\(plan)")
    #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
  }

  @Test func `that a timer asks never scan`() throws {
    let watch = try Watch()
    let queries = [
      """
      SELECT number FROM alert
      WHERE hall = ? AND subject = ? AND kind = ? AND is_active = 1 ORDER BY number
      """,
      "SELECT level FROM alert WHERE hall = ? AND id = ?",
      "SELECT id FROM clock WHERE hall = ? AND case_number = ? ORDER BY kind, task_id, round",
      """
      SELECT id FROM task
      WHERE hall = ? AND case_number = ? AND is_open = 1 ORDER BY nature, id LIMIT 1
      """,
      """
      SELECT id FROM task
      WHERE hall = ? AND case_number = ? AND is_open = 0 AND nature = ?
      ORDER BY id DESC LIMIT 1
      """,
      "SELECT count(*) FROM closed_case WHERE hall = ? AND decided_on BETWEEN ? AND ?",
      "SELECT count(*) FROM rating WHERE hall = ? AND rated_on BETWEEN ? AND ?",
      """
      SELECT count(*) FROM clock
      WHERE hall = ? AND is_open = 1 AND kind = ? AND light IN (1, 2, 3, 4, 5, 6)
        AND due_on <= ? AND (paused_from IS NULL OR paused_from > due_on)
      """,
      """
      SELECT count(*) FROM clock
      WHERE hall = ? AND is_open = 0 AND kind = ? AND closed_on > ? AND due_on <= ?
        AND (paused_from IS NULL OR paused_from > due_on)
      """,
    ]
    for sql in queries {
      let count = sql.count { $0 == "?" }
      let plan = try plan(watch, sql, Array(repeating: .integer(1), count: count))
      #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(sql): \(plan)")
    }
  }
}
