import TestSupport
import Testing

@Suite struct CalendarCommandTests {
  private static let dues = TextTable(
    columns: 3,
    """
    # day 0     term  printed
    2026-09-14  20wd  2026-10-16  # over the National Day holiday and its make-up days
    2026-09-14  8wd   2026-09-23  # with the make-up Sunday 09-20 worked
    2026-09-14  60d   2026-11-13
    2026-01-31  1m    2026-02-28  # the month has no such day
    2026-09-14  0     2026-09-14  # on the spot
    """
  )

  @Test(arguments: dues.rows)
  func `a due day is printed`(_ row: TextTable.Row) throws {
    let result = try Tool.run("calendar due \(row.columns[0]) \(row.columns[1])")
    #expect(result.output == "\(row.columns[2])\n")
    #expect(result.status == 0)
  }

  @Test func `a day of a year without a decree is called provisional`() throws {
    let result = try Tool.run("calendar due 2026-12-21 20wd")
    #expect(result.output == "2027-01-18 provisional\n")
  }

  @Test func `a suspension moves the due day`() throws {
    let result = try Tool.run(
      "calendar due 2026-09-14 20wd --suspend 2026-09-16..2026-09-21"
    )
    #expect(result.output == "2026-10-22\n")
  }

  @Test func `an explanation has a line for each day`() throws {
    let result = try Tool.run("calendar due 2026-09-14 8wd --explain")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "2026-09-23")
    #expect(lines.filter { $0.hasPrefix("2026-09-") }.count == 11)
    #expect(result.output.contains("2026-09-20  5"))
  }

  @Test func `JSON is the message of the contract`() throws {
    let result = try Tool.run("calendar due 2026-09-14 20wd --json")
    #expect(result.output.hasPrefix(#"{"dueOn":"2026-10-16","#))
  }

  @Test func `days are explained with their decree`() throws {
    let result = try Tool.run("calendar explain 2026-10-10")
    #expect(result.output.hasPrefix("2026-10-10  work"))
    #expect(result.output.contains("国务院办公厅"))
  }

  @Test(arguments: ["2026-02-29 20wd", "2026-09-14 20w", "2026-09-14 0wd", "2026-09-14"])
  func `what cannot be read is wrong use`(_ arguments: String) throws {
    #expect(try Tool.run("calendar due \(arguments)").status == 64)
  }
}
