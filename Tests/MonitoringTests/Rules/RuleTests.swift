import Kernel
import Law
import Monitoring
import TestSupport
import Testing

@Suite struct `Rules of monitoring` {
  @Test func `M5: ids are stable, short and different`() {
    var ids: Set<String> = []
    for watched in Watched.allCases {
      for grade in Grade.allCases {
        for part in ["", String(repeating: "t", count: 64)] {
          let key = AlertKey(
            subject: String(repeating: "9", count: 64),
            watched: watched,
            part: part,
            grade: grade,
            dueRevision: 12,
            ordinal: 3
          )
          #expect(key.id.count <= 200)
          ids.insert(key.id)
        }
      }
    }
    #expect(ids.count == Watched.allCases.count * Grade.allCases.count * 2)
  }

  @Test func `M7: every warning of a clock has its recipients`() {
    for watched in [Watched.promise, .step, .receipt, .delivery] {
      for grade in [Grade.yellow, .orange, .red] {
        #expect(RecipientRule.of(watched, grade)?.recipients.isEmpty == false)
      }
    }
    #expect(RecipientRule.of(.legal, .purple)?.recipients.contains(.supervisor) == true)
    #expect(Set(RecipientRule.table.map(\.number)).count == RecipientRule.table.count)
    #expect(RecipientRule.of(.receipt, .yellow, part: Notice.clerk)?.recipients == [.clerk])
    #expect(RecipientRule.of(.step, .yellow, part: Notice.clerk)?.number == "M7.1")
  }

  @Test(
    arguments: TextTable(
      columns: 6,
      """
      promise 10 15 18 - green    # before yellow
      promise 13 15 18 - yellow   # from its day
      promise 15 15 18 - orange   # the due day
      promise 17 15 18 - orange   # a weekend behind it
      promise 18 15 18 - red      # the first working day after
      legal   15 15 18 - green    # a legal limit warns of nothing before
      legal   18 15 18 - purple   # and is purple after
      promise 14 15 18 14 grey    # stopped
      promise 21 15 18 14 yellow  # stopped beyond the plan
      promise 13 15 18 14 yellow  # not stopped yet
      """
    ).rows
  )
  func `M3: lights`(_ row: TextTable.Row) throws {
    func day(_ column: Int) -> Day? { Int32(row.columns[column]).map(Day.init(epochDay:)) }
    let watched = try #require(Watched.allCases.first { $0.name == row.columns[0] })
    let light = Lamp.of(
      watched,
      yellowOn: Day(epochDay: 12),
      due: try #require(day(2)),
      lateOn: try #require(day(3)),
      pausedFrom: day(4),
      plannedEnd: day(4).map { $0.advanced(byDays: 5) },
      on: try #require(day(1))
    )
    #expect("\(light)" == row.columns[5])
  }
}
