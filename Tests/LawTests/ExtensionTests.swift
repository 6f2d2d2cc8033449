import Law
import TestSupport
import Testing

@Suite struct ExtensionTests {
  static let grants = TextTable(
    columns: 6,
    """
    # kind   rank                earlier day        due        result
      single agencyHead          no      2026-10-16 2026-10-16 10              # T13 on the due day
      joint  governmentHead      no      2026-10-15 2026-10-16 15              # T13 42(2)
      single agencyHead          yes     2026-10-15 2026-10-16 alreadyExtended # T13 vector 5
      joint  governmentHead      yes     2026-10-15 2026-10-16 alreadyExtended # T13 nor by 42(2)
      single agencyHead          no      2026-10-17 2026-10-16 afterDue        # T13 vector 5
      single chiefRepresentative no      2026-10-15 2026-10-16 wrongRank       # T13 not in the hall
      single governmentHead      no      2026-10-15 2026-10-16 wrongRank       # T13 too high
      joint  agencyHead          no      2026-10-15 2026-10-16 wrongRank       # T13 too low
      joint  chiefRepresentative no      2026-10-15 2026-10-16 wrongRank       # T13 not in the hall
      single agencyHead          no      2026-10-15 -          noTerm          # T13 no term
      single chiefRepresentative yes     2026-10-17 2026-10-16 alreadyExtended # T13 the first no
      single chiefRepresentative no      2026-10-17 2026-10-16 wrongRank       # T13 the second
    """
  )

  @Test(arguments: grants.rows) func `who may extend a term, and when`(
    _ row: TextTable.Row
  ) throws {
    let day = try Reading.day(row.columns[3])
    let kind: Extension.Kind = row.columns[0] == "single" ? .single : .joint
    let rank = try #require(Extension.Rank.allCases.first { "\($0)" == row.columns[1] })
    let due = try Reading.optionalDay(row.columns[4])
    do throws(Extension.Refusal) {
      let granted = try Extension.grant(
        kind,
        by: rank,
        on: day,
        earlier: row.columns[2] == "yes" ? Extension(kind: .single, grantedOn: day) : nil,
        legalDue: due
      )
      #expect(String(granted.kind.workingDays) == row.columns[5])
      #expect(granted == Extension(kind: kind, grantedOn: day))
    } catch {
      #expect("\(error)" == row.columns[5])
    }
  }
}
