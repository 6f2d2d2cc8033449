import TestSupport
import Testing

@testable import Storage

@Suite struct SchemaTests {
  @Test func `the kept schema is the one that was agreed on`() throws {
    let store = try Example.store(Scratch(), migrations: [], service: "probe")
    let schema = try store.read { snapshot throws in
      try snapshot.rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name") {
        $0.text(0) + ";\n"
      }
    }.joined(separator: "\n")
    #expect(try Golden.text("schema.sql", actual: schema) == schema)
  }

  @Test func `every table is strict and keeps to the common types`() throws {
    let store = try Example.store(Scratch())
    try store.read { snapshot throws in
      let tables = try snapshot.rows(
        """
        SELECT name, strict FROM pragma_table_list
        WHERE type = 'table' AND name NOT LIKE 'sqlite%'
        """
      ) { ($0.text(0), $0.bool(1)) }
      #expect(tables.count == 8)
      for (table, isStrict) in tables {
        #expect(isStrict, "\(table)")
        let types = try snapshot.rows("SELECT type FROM pragma_table_info(?)", [.text(table)]) {
          $0.text(0)
        }
        #expect(Set(types).isSubset(of: ["INTEGER", "TEXT", "BLOB"]), "\(table)")
      }
    }
  }

  /// Every kept query, by the name of its page.
  static let queries: [(String, String)] = [
    ("feed page", FeedQueries.page),
    ("feed head", FeedQueries.head),
    ("feed hash at", FeedQueries.hashAt),
    ("feed erase", FeedQueries.erase),
    ("cursor one", CursorQueries.one),
    ("cursor all", CursorQueries.all),
    ("timer due", TimerQueries.due),
    ("timer next", TimerQueries.next),
    ("timer remove", TimerQueries.remove),
    ("timer postpone", TimerQueries.postpone),
    ("reference version", ReferenceQueries.version),
    ("reference latest", ReferenceQueries.latest),
    ("reference page", ReferenceQueries.page),
    ("idempotency one", IdempotencyQueries.one),
    ("idempotency expired", IdempotencyQueries.expired),
    ("idempotency remove", IdempotencyQueries.remove),
  ]

  /// Queries that read a whole table on purpose: a handful of rows, one an upstream.
  static let wholeTables: Set = ["cursor all"]

  @Test func `every kept query has the plan that was agreed on, and none reads a whole table`()
    throws
  {
    let store = try Example.store(Scratch())
    var report = ""
    for (name, sql) in Self.queries {
      let places = sql.count(where: { $0 == "?" })
      let plan = try store.withWriter { connection, _ in
        try Snapshot(connection: connection, cache: ReferenceCache()).rows(
          "EXPLAIN QUERY PLAN " + sql,
          [Value](repeating: 1, count: places)
        ) { $0.text(3) }
      }
      let scans = plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }
      #expect(scans == Self.wholeTables.contains(name), "\(name): \(plan)")
      report += "\(name)\n" + plan.map { "  \($0)\n" }.joined()
    }
    #expect(try Golden.text("plans.txt", actual: report) == report)
  }
}
