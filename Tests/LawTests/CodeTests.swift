import Law
import TestSupport
import Testing

@Suite struct CodeTests {
  static let outcomes = TextTable(
    columns: 5,
    """
    # code outcome   reason counts zh
      0    granted   no     yes 准予      # T27 准予
      1    denied    yes    yes 不予许可  # T27 不予许可
      2    voided    yes    no  作废      # T27 作废
      3    deleted   yes    no  删除      # T27 删除
      4    forwarded yes    yes 转报      # T27 转报
      5    returned  yes    no  退件      # T27 退件
      6    refused   no     no  不予受理  # T27 不予受理
    """
  )

  @Test(arguments: outcomes.rows) func `the codes of outcomes`(_ row: TextTable.Row) throws {
    let outcome = try #require(Int(row.columns[0]).flatMap(Outcome.init(rawValue:)))
    #expect("\(outcome)" == row.columns[1])
    #expect(outcome.needsReason == (row.columns[2] == "yes"))
    #expect(outcome.countsInRates == (row.columns[3] == "yes"))
    #expect(outcome.text.zh == row.columns[4])
    #expect(!outcome.text.en.isEmpty)
  }

  @Test func `T27 the code lists are closed`() {
    #expect(Outcome.allCases.map(\.rawValue) == Array(0...6))
    #expect(CaseKind.allCases.map(\.rawValue) == [1, 2, 9])
    #expect(CaseKind.allCases.map(\.text.zh) == ["即办件", "承诺件", "其他"])
    #expect(CaseKind.allCases.map(\.text.en) == ["immediate", "promised", "other"])
  }

  @Test func `T11 every special procedure is named in both languages`() {
    #expect(Set(SpecialProcedure.allCases.map(\.text.zh)).count == 15)
    #expect(Set(SpecialProcedure.allCases.map(\.text.en)).count == 15)
    #expect(SpecialProcedure.allCases.count(where: \.stopsLegalClock) == 8)
    #expect(SpecialProcedure.allCases.filter { !$0.mayStopPromise } == [.termExtension])
  }
}
