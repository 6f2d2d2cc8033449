import Connect
import TestSupport
import Testing

@testable import Service

@Suite struct ValidatorTests {
  static let table = TextTable(
    columns: 2,
    """
    "a"                 yes
    W/"a"               yes
    "b","a"             yes
    *                   yes
    "b"                 no
    a                   no
    "a-gzip"            no
    "ab"                no
    """
  )

  @Test(arguments: table.rows)
  func `If-None-Match is compared weakly`(row: TextTable.Row) {
    let isMatch = Validators.matches("\"a\"", row.columns[0])
    #expect(isMatch == (row.columns[1] == "yes"))
    #expect(Validators.matches("\"a\"", "  \t\(row.columns[0]) , \"z\"") == isMatch)
  }

  @Test func `a tag tells bytes and codings apart`() {
    let tags = [
      Validators.tag(of: [1], .identity), Validators.tag(of: [1], .gzip),
      Validators.tag(of: [2], .identity), Validators.tag(of: [], .identity),
    ]
    #expect(Set(tags).count == 4)
    #expect(Validators.tag(of: [1], .gzip) == tags[1])
  }
}
