import Kernel
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Approval

@Suite struct `Query plans` {
  @Test(
    arguments: [
      (CaseQueries.one, 2), (CaseQueries.inState, 4), (TaskQueries.one, 2),
      (TaskQueries.ofCase, 2), (TaskQueries.byDue, 5), (TaskQueries.ofDepartment, 6),
      (TaskQueries.ofPost, 6), (ProcedureQueries.ofCase, 2), (ResultQueries.decision, 2),
      (ResultQueries.certificate, 2), (ResultQueries.delivery, 2), (TimelineQueries.ofCase, 2),
      (CalendarQueries.at, 2), (CalendarQueries.after, 2),
    ]
  )
  func `every list is found and ordered by an index`(sql: String, arguments: Int) throws {
    let room = try Room(.approval())
    let values = Array(repeating: Value.integer(1), count: arguments)
    let plan = try room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN \(sql)", values) { $0.text(3) }
    }
    #expect(!plan.isEmpty)
    for line in plan {
      #expect(line.hasPrefix("SEARCH") && !line.contains("TEMP B-TREE"), "\(line)")
    }
  }
}
