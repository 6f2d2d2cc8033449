import Intake
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct QueryPlanTests {
  private func plan(_ hall: Hall, _ sql: String, _ arguments: [Value]) throws -> [String] {
    try hall.room.engine.store.read { snapshot in
      try snapshot.rows("EXPLAIN QUERY PLAN \(sql)", arguments) { $0.text(3) }
    }
  }

  @Test func `no list reads a whole table or sorts`() throws {
    let hall = try Hall()
    for owner in [nil, "zhang"] {
      for state in [nil, ApplicationState.submitted] {
        for (item, department) in [("", ""), ("HYG", ""), ("", "017"), ("HYG", "017")] {
          for before in [nil, Int64(9)] {
            var filter = ApplicationFilter(hall: Room.hall, limit: 51)
            filter.owner = owner
            filter.state = state
            filter.itemCode = item
            filter.departmentCode = department
            filter.before = before
            let (sql, arguments) = ApplicationQueries.page(filter)
            let steps = try plan(hall, sql, arguments)
            #expect(steps.allSatisfy { $0.hasPrefix("SEARCH") }, "\(sql): \(steps)")
          }
        }
      }
    }
    let first = try plan(hall, CountersignatureQueries.firstPage, ["h", 10])
    let next = try plan(hall, CountersignatureQueries.nextPage, ["h", 1, "i", 10])
    let loose = try plan(hall, UploadQueries.loose, [1, 10])
    let attached = try plan(hall, UploadQueries.attached, ["", 10])
    for steps in [first, next, loose, attached] {
      #expect(steps.allSatisfy { $0.hasPrefix("SEARCH") }, "\(steps)")
    }
  }
}
