import Law
import TestSupport
import Testing

@testable import Catalogue

@Suite("Rules of the catalogue")
struct RuleTests {
  static let sums = TextTable(
    columns: 3,
    """
    20wd   20wd fits       # C7: equal
    21wd   20wd exceeds    # C7: longer
    0      3d   fits       # C7: at once fits everything
    1wd    0    exceeds    # C7: nothing but at once fits at once
    12wd   30d  fits       # C7: 16.8 natural days
    10wd   14d  fits       # C7: just
    10wd   13d  mayExceed  # C7: 14 natural days
    3m     60wd mayExceed  # C7: 90 against 84 days
    3m     65wd fits       # C7: 90 against 91 days
    5wd+3wd 8wd fits       # C8: sum
    5wd+4wd 8wd exceeds    # C8: sum
    5wd+0  5wd  fits       # C8: a step at once
    5wd+7d 9wd  mayExceed  # C8: mixed
    """
  )

  @Test(arguments: sums.rows)
  func `Terms fit into terms`(_ row: TextTable.Row) throws {
    let parts = try row.columns[0].split(separator: "+").map { try #require(Term($0)) }
    let whole = try #require(Term(row.columns[1]))
    #expect("\(TermSum(parts, in: whole))" == row.columns[2])
  }

  @Test(arguments: [
    "其他材料", "其它资料", "其他", "法律、法规规定的其他材料", "其他需要提交的证明文件", "审批机关要求的其他有关材料",
  ])
  func `Catch-alls are found`(_ name: String) {
    #expect(CatchAll.matches(name))
  }

  @Test(arguments: ["申请表", "其中一方身份证明", "与其他股东签订的协议", "排水户与其他管网接驳位置示意图"])
  func `What is named is no catch-all`(_ name: String) {
    #expect(!CatchAll.matches(name))
  }

  @Test(arguments: [
    ("公共场所（新办）", "公共场所(新办)"), ("ＡＢＣ　Ｄｅ", "abc de"), ("  a \n b  ", "a b"), ("", ""),
  ])
  func `Names are normalised`(_ text: String, _ normalised: String) {
    #expect(SearchText.normalised(text) == normalised)
  }
}
